from odoo import fields, models
from odoo.tools import SQL


class OmsChannelBuyer(models.Model):
    """Which contact a channel's buyer id stands for."""

    _name = "oms.channel.buyer"
    _description = "Channel Buyer"
    _order = "channel_id, external_id, id"
    _rec_name = "external_id"
    _check_company_auto = True

    channel_id = fields.Many2one("oms.channel", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="channel_id.company_id", store=True, index=True)
    external_id = fields.Char(string="Buyer Id", required=True)
    partner_id = fields.Many2one(
        "res.partner", string="Contact", required=True, index=True, check_company=True
    )

    _external_uniq = models.UniqueIndex(
        "(channel_id, external_id)",
        lambda env, diag: env._("This buyer of the channel already has a contact."),
    )

    def _learn(self, channel, partners):
        """Remember ``{external id: partner}``, all in one statement.

        Rows are inserted in sorted order so that two batches wait for each other instead of
        deadlocking; a row that another transaction added meanwhile makes PostgreSQL ask for a
        retry of the whole request, which then finds it.
        """
        if not partners:
            return
        names = sorted(partners)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO oms_channel_buyer (channel_id, company_id, external_id, partner_id,
                                               create_uid, create_date, write_uid, write_date)
                SELECT %(channel)s, %(company)s, known.name, known.partner,
                       %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM unnest(%(names)s::text[], %(partners)s::int[]) AS known(name, partner)
                    ON CONFLICT (channel_id, external_id) DO NOTHING
                """,
                channel=channel.id,
                company=channel.company_id.id,
                uid=self.env.uid,
                names=names,
                partners=[partners[name].id for name in names],
            ),
            # losing the race is no error: the request is tried again
            log_exceptions=False,
        )
        self.invalidate_model()
