from odoo import api, fields, models, tools


class OmsStage(models.Model):
    _name = "oms.stage"
    _description = "Order Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True)
    sequence = fields.Integer(default=10)
    sla_hours = fields.Float(
        string="Target (hours)", help="An order that stays longer in this stage is shown as late."
    )
    fold = fields.Boolean(string="Folded on the Board")
    description = fields.Char(translate=True, help="What an order still needs in this stage.")

    _code_uniq = models.Constraint(
        "UNIQUE(code)", lambda env, diag: env._("There is one stage per code.")
    )

    @api.model
    @tools.ormcache()
    def _ids_by_code(self):
        return {stage.code: stage.id for stage in self.sudo().search([])}

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
