from odoo import api, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..engine import manifest as engine
from ..engine.message import clean_resi

SHOWN = 30


class OmsManifest(models.Model):
    """Scanning at the counter: each scan is answered with a verdict and a sentence."""

    _inherit = "oms.manifest"

    # CALLED BY THE SCREEN

    def scan_state(self):
        """Return what the screen shows: ``{name, courier, warehouse, slot, state, scanned,
        expected, cod_total, lines, left}``; lines are the latest ones."""
        self.ensure_one()
        self.check_access("read")
        expected = self._expected() if self.state == "open" else self.env["oms.fulfillment"]
        return {
            "id": self.id,
            "name": self.name,
            "courier": self.courier_id.name,
            "warehouse": self.warehouse_id.name,
            "slot": self.slot or "",
            "state": self.state,
            "scanned": len(self.line_ids),
            "expected": len(expected),
            "cod_total": self.currency_id.format(self.cod_total) if self.cod_total else "",
            "lines": [line._prepare_screen() for line in self.line_ids.sorted("id")[-SHOWN:][::-1]],
            "left": [
                {"id": work.id, "name": work.name, "order": work.order_id.name}
                for work in expected[:SHOWN]
            ],
        }

    def scan(self, code):
        """Put a parcel on the manifest.

        :param str code: resi, parcel, order, channel order, fulfilment or carton, as scanned
        :return: ``{verdict, tone, title, message, state}``; ``verdict`` is one of
            ``engine.manifest.VERDICTS``, ``tone`` is ``ok``, ``warning`` or ``stop``, ``state``
            as :meth:`scan_state`; only ``ok`` changes anything
        :raise OmsRefusal: ``access``, ``closed``
        """
        self.ensure_one()
        self._ensure_open()
        self.check_access("write")
        code = str(code or "").replace("\x00", "").strip()[:128]
        works, parcel = self._find_scanned(code)
        verdict = engine.judge(self._scan_facts(works, parcel))
        if verdict == "ok":
            self._add_line(works, parcel, code)
        tone = {"ok": "ok", "again": "warning"}.get(verdict, "stop")
        return {
            "verdict": verdict,
            "tone": tone,
            "title": self._verdict_title(verdict),
            "message": self._verdict_sentence(verdict, code, works, parcel),
            "state": self.scan_state(),
        }

    def unscan(self, line_id):
        """Take a parcel off an open manifest; return :meth:`scan_state`."""
        self.ensure_one()
        self._ensure_open()
        self.check_access("write")
        line = self.line_ids.filtered(lambda line: line.id == line_id)
        if line.state == "handed_over":
            raise OmsRefusal(
                "handed_over",
                self.env._("%(name)s has left already.", name=line.fulfillment_id.name),
                next_step=self.env._("Let the parcel come back: ask for a return."),
            )
        line.unlink()
        return self.scan_state()

    # FIND

    def _find_scanned(self, code):
        """Return ``(fulfilments, parcel)`` that the code names: open ones before closed ones."""
        # sudo: the role was checked; the companies are in the domains.
        Shipment, Work = self.env["oms.shipment"].sudo(), self.env["oms.fulfillment"].sudo()
        company = [("company_id", "=", self.company_id.id)]
        if not code:
            return Work, Shipment
        number = clean_resi(code)
        parcels = Shipment.search(
            [
                *company,
                ("kind", "=", "out"),
                "|",
                ("resi", "=", number),
                ("name", "=", code),
            ]
        )
        parcels = self._prefer_open(parcels, lambda p: p.fulfillment_id)
        if parcels:
            parcels = parcels.filtered(lambda p: p.status != "cancelled") or parcels
            works = parcels.fulfillment_id
            return works, parcels if len(parcels) == 1 else Shipment
        works = Work.search(
            [
                *company,
                "|",
                "|",
                ("name", "=", code),
                ("order_id.name", "=", code),
                ("order_id.oms_external_id", "=", code),
            ]
        )
        works = works or self._find_carton(code)
        works = self._prefer_open(works, lambda work: work)
        works = (works.lead_id or works) if len(works) == 1 else works
        alone = works._outbound_parcels() if len(works) == 1 else Shipment
        return works, alone if len(alone) == 1 else Shipment

    def _find_carton(self, code):
        lines = (
            self.env["stock.move.line"]
            .sudo()
            .search(
                [
                    ("result_package_id.name", "=", code),
                    ("company_id", "=", self.company_id.id),
                    ("picking_id.oms_fulfillment_ids", "!=", False),
                ]
            )
        )
        return lines.picking_id.oms_fulfillment_ids

    @api.model
    def _prefer_open(self, records, work_of):
        here = records.filtered(
            lambda record: work_of(record).state in ("waiting", "ready", "picked", "packed")
            and not work_of(record).handed_over_at
        )
        return here or records

    # JUDGE

    def _scan_facts(self, works, parcel):
        if len(works) != 1:
            return engine.Scan(matches=len(works))
        if len(works._outbound_parcels()) > 1 and not parcel:
            return engine.Scan(matches=len(works._outbound_parcels()))
        lines = self._lines_of(works, parcel)
        courier = parcel.courier_id or works._outbound_parcels().courier_id[:1]
        courier = courier or works.carrier_id.oms_courier_id
        return engine.Scan(
            cancelled=works.state == "cancelled" or parcel.status == "cancelled",
            handed_over=bool(works.handed_over_at),
            on_this=self in lines.manifest_id,
            on_other=bool(lines.manifest_id - self),
            same_warehouse=works.warehouse_id == self.warehouse_id,
            courier=courier.id or None,
            manifest_courier=self.courier_id.id,
            held=bool(works._held_from_shipping()),
            packed=works.state == "packed",
        )

    def _lines_of(self, works, parcel):
        # sudo: another counter's manifest counts, readable or not.
        return (
            self.env["oms.manifest.line"]
            .sudo()
            .search(
                [
                    ("fulfillment_id", "in", works.ids),
                    ("state", "=", "scanned"),
                    *([("shipment_id", "in", (parcel.id, False))] if parcel else []),
                ]
            )
        )

    def _add_line(self, work, parcel, code):
        failed = self.line_ids.filtered(
            lambda line: line.fulfillment_id.id == work.id and line.state == "failed"
        )
        failed.unlink()
        self.env["oms.manifest.line"].create(
            {
                "manifest_id": self.id,
                "fulfillment_id": work.id,
                "shipment_id": parcel.id,
                "code": code,
            }
        )

    # WORDS

    def _verdict_title(self, verdict):
        titles = {
            "ok": self.env._("Scanned"),
            "again": self.env._("Scanned before"),
            "unknown": self.env._("Unknown"),
            "ambiguous": self.env._("Several parcels"),
            "cancelled": self.env._("Cancelled"),
            "handed_over": self.env._("Already handed over"),
            "other_manifest": self.env._("On another manifest"),
            "other_warehouse": self.env._("Other warehouse"),
            "wrong_courier": self.env._("Wrong courier"),
            "held": self.env._("On hold"),
            "not_packed": self.env._("Not packed"),
        }
        return titles[verdict]

    def _verdict_sentence(self, verdict, code, works, parcel):
        """What the person at the counter has to know, in one sentence."""
        work = works[:1]
        values = {
            "code": code or self.env._("Nothing"),
            "name": work.name or "",
            "order": work.order_id.name or "",
            "recipient": work.recipient or "",
        }
        say = getattr(self, f"_say_{verdict}", None)
        if say:
            return say(values, work, parcel)
        sentences = {
            "ok": self.env._("%(order)s for %(recipient)s.", **values),
            "again": self.env._("%(order)s is on this manifest already.", **values),
            "unknown": self.env._(
                "%(code)s is no parcel of this company. Scan the label's resi or order.", **values
            ),
            "ambiguous": self.env._(
                "%(code)s names several parcels. Scan the resi of each of them.", **values
            ),
            "cancelled": self.env._(
                "%(order)s was cancelled. Put it aside; the goods go back on the shelf.", **values
            ),
            "not_packed": self.env._(
                "%(order)s is not packed. Pack it at the station first.", **values
            ),
        }
        return sentences[verdict]

    def _say_handed_over(self, values, work, parcel):
        return self.env._(
            "%(order)s left at %(time)s. Is this a second label?",
            time=self._local_clock(work.handed_over_at),
            **values,
        )

    def _say_other_manifest(self, values, work, parcel):
        other = self._lines_of(work, parcel).manifest_id - self
        return self.env._(
            "%(order)s is on %(manifest)s (%(courier)s). Take it off there first.",
            manifest=other[:1].name,
            courier=other[:1].courier_id.name,
            **values,
        )

    def _say_other_warehouse(self, values, work, parcel):
        return self.env._(
            "%(order)s leaves from %(warehouse)s.", warehouse=work.warehouse_id.name, **values
        )

    def _say_wrong_courier(self, values, work, parcel):
        courier = parcel.courier_id or work._outbound_parcels().courier_id[:1]
        return self.env._(
            "%(order)s goes with %(courier)s. Put it on its pile.",
            courier=(courier or work.carrier_id.oms_courier_id).name,
            **values,
        )

    def _say_held(self, values, work, parcel):
        holds = work.order_id._oms_active_holds("ship")
        return self.env._(
            "%(order)s is on hold: %(reason)s Put it aside.",
            reason=holds[:1].reason or "",
            **values,
        )

    def _local_clock(self, moment):
        return self.env["ir.qweb.field.datetime"].value_to_html(moment, {"hide_seconds": True})


class OmsManifestLine(models.Model):
    _inherit = "oms.manifest.line"

    def _prepare_screen(self):
        return {
            "id": self.id,
            "order": self.fulfillment_id.sudo().order_id.name,
            "resi": self.resi or self.code or "",
            "recipient": ", ".join(filter(None, (self.recipient, self.city))),
            "state": self.state,
            "reason": self.reason or "",
        }
