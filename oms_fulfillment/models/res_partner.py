from odoo import fields, models
from odoo.tools import SQL


class ResPartner(models.Model):
    _inherit = "res.partner"

    oms_district = fields.Char(string="District (Kecamatan)")
    oms_village = fields.Char(string="Village (Kelurahan/Desa)")
    oms_blacklisted = fields.Boolean(
        string="Blacklisted",
        tracking=True,
        help="Orders of this contact, or with its telephone number, are held for a decision.",
    )
    oms_blacklist_reason = fields.Char(string="Why Blacklisted")

    # Buyers are recognised by the digits of their telephone, however it was typed.
    _oms_phone_digits_idx = models.Index(
        "(regexp_replace(phone, '[^0-9]', '', 'g')) WHERE phone IS NOT NULL"
    )

    def _oms_delivery_address(self, values):
        """Return the contact of this buyer for an address: a known one, else a new child.

        :param values: record with name, phone, street, village, district, city, state_id,
            postal_code, country_id
        """
        self.ensure_one()
        vals = {
            "name": values.name or self.name,
            "phone": values.phone,
            "street": values.street or values.note,
            "street2": ", ".join(filter(None, (values.village, values.district))) or False,
            "oms_village": values.village,
            "oms_district": values.district,
            "city": values.city,
            "zip": values.postal_code,
            "state_id": values.state_id.id,
            "country_id": values.country_id.id,
        }
        intakes = self.env["oms.intake"]
        places = self | self.child_ids.filtered(lambda child: child.type == "delivery")
        wanted = intakes._vals_key(vals)
        same = places.filtered(lambda place: intakes._contact_key(place) == wanted)
        if same:
            return same[0]
        return self.create({**vals, "parent_id": self.id, "type": "delivery"})

    def write(self, vals):
        result = super().write(vals)
        if self._OMS_CHECKED & set(vals):
            self._oms_touch_unconfirmed()
        return result

    # What the checks read of a contact.
    _OMS_CHECKED = frozenset(
        {
            "name",
            "phone",
            "street",
            "city",
            "zip",
            "state_id",
            "oms_district",
            "oms_village",
            "country_id",
            "credit_limit",
            "oms_blacklisted",
        }
    )

    def _oms_touch_unconfirmed(self):
        """Orders that wait for a better address, or should wait from now on, are checked again."""
        if not self.env["oms.channel"]._is_active():
            return
        # sudo: who edits a contact need not see its orders; they are only checked again.
        self.env["sale.order"].sudo().search(
            [
                ("oms_channel_id", "!=", False),
                ("state", "in", ("draft", "sent")),
                "|",
                ("partner_id", "child_of", self.ids),
                ("partner_shipping_id", "in", self.ids),
            ]
        )._oms_touch()

    def _oms_by_phone(self, phones, company):
        """Find customers by telephone.

        :param phones: iterable of normalised numbers (``+62...``)
        :return: ``{number: partner}``; the oldest contact wins, an address stands for its parent
        """
        spellings = {}
        for phone in phones:
            digits = phone.lstrip("+")
            spellings[digits] = phone
            if digits.startswith("62"):
                spellings["0" + digits[2:]] = phone
        if not spellings:
            return {}
        self.flush_model(["phone", "active", "company_id", "parent_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT regexp_replace(phone, '[^0-9]', '', 'g'), COALESCE(parent_id, id)
                  FROM res_partner
                 WHERE phone IS NOT NULL
                   AND regexp_replace(phone, '[^0-9]', '', 'g') = ANY(%s)
                   AND active
                   AND (company_id IS NULL OR company_id = %s)
                 ORDER BY parent_id IS NULL, id DESC
                """,
                sorted(spellings),
                company.id,
            )
        )
        return {spellings[digits]: self.browse(partner_id) for digits, partner_id in rows}

    def _oms_by_email(self, emails, company):
        """Find customers by normalised e-mail: ``{e-mail: partner}``, the oldest contact wins."""
        if not emails:
            return {}
        partners = self.search(
            [
                ("email_normalized", "in", sorted(emails)),
                ("company_id", "in", (False, company.id)),
            ],
            order="id DESC",
        )
        # a contact without a parent is preferred to somebody's address
        ranked = partners.sorted(lambda partner: not partner.parent_id)
        return {partner.email_normalized: partner.parent_id or partner for partner in ranked}
