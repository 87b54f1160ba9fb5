from odoo import api, fields, models
from odoo.tools import SQL


class OmsBuyerKey(models.Model):
    """Which contact was made for a telephone number or an e-mail address.

    Buyers are looked up on the contacts themselves; this only keeps two requests that meet a new
    buyer at the same moment from making two contacts.
    """

    _name = "oms.buyer.key"
    _description = "Buyer's Telephone or E-mail"
    _order = "id"
    _rec_name = "value"

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    value = fields.Char(required=True)
    partner_id = fields.Many2one("res.partner", required=True, index=True, ondelete="cascade")

    _value_uniq = models.UniqueIndex("(company_id, value)")

    @api.model
    def _claim(self, company, partners):
        """Remember for whom contacts were made: ``{"phone:+62...": partner}``, in one statement.

        Sorted, so two batches wait for each other instead of deadlocking. Where another request
        claimed a key meanwhile, PostgreSQL asks for a retry, which then finds the contact.
        """
        if not partners:
            return
        values = sorted(partners)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO oms_buyer_key (company_id, value, partner_id,
                                           create_uid, create_date, write_uid, write_date)
                SELECT %(company)s, claim.value, claim.partner,
                       %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM unnest(%(values)s::text[], %(partners)s::int[]) AS claim(value, partner)
                    ON CONFLICT (company_id, value) DO UPDATE SET partner_id = EXCLUDED.partner_id
                """,
                company=company.id,
                uid=self.env.uid,
                values=values,
                partners=[partners[value].id for value in values],
            ),
            # losing the race is no error: the request is tried again
            log_exceptions=False,
        )
        self.invalidate_model()
