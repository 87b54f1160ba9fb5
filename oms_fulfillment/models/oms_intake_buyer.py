from dataclasses import dataclass

from odoo import models
from odoo.tools import email_normalize

from ..adapters.phone import normalise_phone
from ..adapters.region import normalise_province

ADDRESS_FIELDS = ("name", "street", "street2", "city", "zip", "state_id", "country_id")


@dataclass(frozen=True)
class Identity:
    """By what a buyer can be recognised; each part may be missing."""

    external_id: str | None
    phone: str | None
    email: str | None

    def keys(self):
        return [(name, value) for name, value in vars(self).items() if value]


@dataclass(frozen=True)
class Parties:
    partner: object
    invoice: object
    shipping: object


class OmsIntake(models.Model):
    """Who bought, and where it goes: contacts are found before they are made."""

    _inherit = "oms.intake"

    def _resolve_parties(self, channel, jobs):
        """Return ``{job: Parties}``; constant queries for any number of jobs."""
        places = self._load_places(jobs)
        named = [job for job in jobs if not job.order.masked]
        partners = self._resolve_buyers(channel, named, places)
        wanted = []
        addresses = {}
        for job in named:
            order = job.order
            address = self._chosen_contact(channel, job, "address_id")
            if address and address.commercial_partner_id == partners[job].commercial_partner_id:
                addresses[job, "delivery"] = address
                continue
            wanted.append((job, "delivery", self._address_vals(order.ship_to, places)))
            if order.bill_to and order.bill_to != order.ship_to:
                wanted.append((job, "invoice", self._address_vals(order.bill_to, places)))
        addresses |= self._resolve_addresses(partners, wanted)
        masked = channel._oms_masked_buyer() if len(named) < len(jobs) else None
        parties = {}
        for job in jobs:
            partner = partners.get(job, masked)
            parties[job] = Parties(
                partner,
                addresses.get((job, "invoice"), partner),
                addresses.get((job, "delivery"), partner),
            )
        return parties

    # BUYERS

    def _resolve_buyers(self, channel, jobs, places):
        """Return ``{job: partner}``: by the channel's buyer id, telephone, e-mail, else new."""
        chosen = {job: self._chosen_contact(channel, job, "partner_id") for job in jobs}
        identities = {job: self._identity(job.order) for job in jobs if not chosen[job]}
        known = self._known_buyers(channel, identities.values())
        partners = {job: partner for job, partner in chosen.items() if partner}
        slots = {}
        new = []
        for job, identity in identities.items():
            partner = next((known[key] for key in identity.keys() if key in known), None)
            if partner:
                partners[job] = partner
                continue
            # one new contact for all orders of the batch that share a key
            slot = next((slots[key] for key in identity.keys() if key in slots), None)
            if slot is None:
                slot = []
                new.append((job, slot))
            slot.append(job)
            slots.update(dict.fromkeys(identity.keys(), slot))
        created = self.env["res.partner"].create(
            [self._buyer_vals(job.order, places) for job, _slot in new]
        )
        self.env["oms.buyer.key"]._claim(
            channel.company_id,
            {
                f"{kind}:{value}": partner
                for partner, (_job, slot) in zip(created, new, strict=True)
                for job in slot
                for kind, value in identities[job].keys()
                if kind != "external_id"
            },
        )
        for partner, (_job, slot) in zip(created, new, strict=True):
            partners.update(dict.fromkeys(slot, partner))
        learnt = {
            identity.external_id: partners[job]
            for job, identity in identities.items()
            if identity.external_id and ("external_id", identity.external_id) not in known
        }
        self.env["oms.channel.buyer"]._learn(channel, learnt)
        return partners

    def _chosen_contact(self, channel, job, name):
        """The contact that a person picked on the order-entry screen, or an empty recordset."""
        contact = self.env["res.partner"].browse(job.screen.get(name) or ()).exists()
        return contact.filtered(
            lambda partner: partner.active
            and partner.company_id.id in (False, channel.company_id.id)
        )

    def _identity(self, order):
        phone = order.buyer.phone or order.ship_to.phone
        number = normalise_phone(phone, order.ship_to.country)
        if number and len(set(number[3:])) < 3:
            number = None  # 0000000000 is nobody's number
        email = email_normalize(order.buyer.email) if order.buyer.email else None
        return Identity(order.buyer.external_id, number, email or None)

    def _known_buyers(self, channel, identities):
        """Return ``{("phone", "+62..."): partner, ...}`` for every key that is known."""
        identities = list(identities)
        Partner = self.env["res.partner"]
        buyers = self.env["oms.channel.buyer"].search(
            [
                ("channel_id", "=", channel.id),
                ("external_id", "in", [who.external_id for who in identities if who.external_id]),
                ("partner_id.active", "=", True),
            ]
        )
        known = {("external_id", buyer.external_id): buyer.partner_id for buyer in buyers}
        phones = Partner._oms_by_phone(
            {who.phone for who in identities if who.phone}, channel.company_id
        )
        emails = Partner._oms_by_email(
            {who.email for who in identities if who.email}, channel.company_id
        )
        known.update({("phone", phone): partner for phone, partner in phones.items()})
        known.update({("email", email): partner for email, partner in emails.items()})
        return known

    def _buyer_vals(self, order, places):
        vals = self._address_vals(order.bill_to or order.ship_to, places)
        buyer = order.buyer
        return {
            **vals,
            "name": buyer.name or vals["name"],
            "phone": buyer.phone or vals["phone"] or order.ship_to.phone,
            "email": buyer.email,
        }

    # ADDRESSES

    def _address_vals(self, address, places):
        countries, states = places
        country_id = countries.get(address.country, False)
        return {
            "name": address.name or False,
            "phone": address.phone or False,
            "street": address.street or address.note or False,
            "street2": ", ".join(filter(None, (address.village, address.district))) or False,
            "oms_village": address.village or False,
            "oms_district": address.district or False,
            "city": address.city or False,
            "zip": address.postal_code or False,
            "state_id": states.get((country_id, normalise_province(address.province)), False),
            "country_id": country_id,
        }

    def _load_places(self, jobs):
        """Return ``({country code: id}, {(country id, province): id})`` for the batch."""
        addresses = [
            address for job in jobs for address in (job.order.ship_to, job.order.bill_to) if address
        ]
        codes = {address.country for address in addresses if address.country}
        countries = self.env["res.country"].search([("code", "in", sorted(codes))])
        states = {}
        if any(address.province for address in addresses):
            for state in self.env["res.country.state"].search(
                [("country_id", "in", countries.ids)]
            ):
                states[state.country_id.id, normalise_province(state.name)] = state.id
        return {country.code: country.id for country in countries}, states

    def _resolve_addresses(self, partners, wanted):
        """Return ``{(job, type): contact}``: the buyer when the address is theirs, a known address
        of theirs, else a new one.
        """
        buyers = self.env["res.partner"].concat(*partners.values())
        children = self.env["res.partner"].search(
            [("parent_id", "in", buyers.ids), ("type", "in", ("delivery", "invoice"))],
            order="id desc",
        )
        known = {(child.parent_id.id, self._contact_key(child)): child for child in children}
        known.update({(buyer.id, self._contact_key(buyer)): buyer for buyer in buyers})
        found = {}
        new = {}
        for job, kind, vals in wanted:
            parent = partners[job]
            vals = {**vals, "name": vals["name"] or parent.name}
            key = (parent.id, self._vals_key(vals))
            if key in known:
                found[job, kind] = known[key]
            else:
                new.setdefault(key, ({**vals, "type": kind, "parent_id": parent.id}, []))
                new[key][1].append((job, kind))
        created = self.env["res.partner"].create([vals for vals, _keys in new.values()])
        for contact, (_vals, keys) in zip(created, new.values(), strict=True):
            found.update(dict.fromkeys(keys, contact))
        return found

    def _contact_key(self, contact):
        vals = {name: contact[name] for name in (*ADDRESS_FIELDS, "phone")}
        return self._vals_key(
            {**vals, "state_id": contact.state_id.id, "country_id": contact.country_id.id}
        )

    def _vals_key(self, vals):
        """What makes two addresses the same for a courier."""
        key = [
            " ".join(value.casefold().split()) if isinstance(value, str) else value or None
            for value in (vals[name] for name in ADDRESS_FIELDS)
        ]
        return (*key, normalise_phone(vals["phone"] or "") or vals["phone"] or None)
