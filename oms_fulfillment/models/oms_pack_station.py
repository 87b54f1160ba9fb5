from psycopg2 import IntegrityError

from odoo import api, models
from odoo.exceptions import ConcurrencyError

from ..exceptions import OmsRefusal
from .oms_pack_scan import MISTAKES

PREFIX = "OMS-"
MAX_ITEMS = 200


class OmsPackSession(models.Model):
    """The door of the packing station.

    Everything a packer does is a code with a key: scanned, typed or tapped, all the same. A
    station sends what it has, in order, and again if it got no answer; what was counted is not
    counted twice. Every answer is the whole next screen.
    """

    _inherit = "oms.pack.session"

    # RPC

    @api.model
    def start(self, station):
        """Return the screen of a station that was just switched on.

        :param str station: a name that the station made for itself and keeps
        :return: the screen, see :meth:`send`
        """
        self._check_packer()
        return self._at(station)._screen(str(station)[:64], [])

    @api.model
    def send(self, station, items):
        """Take what was scanned at a station, in order.

        :param str station: as in :meth:`start`
        :param list items: ``{key, code, session, at}``; ``key`` is unique for ever (a UUID),
            ``code`` what was scanned, ``session`` the id that the station's screen shows (or
            nothing), ``at`` an ISO 8601 time by the station's clock
        :return: the next screen: ``{screen, session, answers, alarm, message, work, lines, next,
            progress, carton, cartons, weigh, choices, queue, done}``; ``screen`` is ``idle``,
            ``pack``, ``choose``, ``weigh``, ``reason``, ``then``, ``badge``, ``waive`` or ``done``;
            ``answers`` has per item ``{key, status, code, scanned, kind, message, next_step}``
            with ``status`` ``ok``, ``duplicate`` or ``refused``; units in each product's own unit,
            weights in kg
        """
        self._check_packer()
        station = str(station)[:64]
        items = self._check_items(items)
        known = self._known_scans(items)
        answers, extra = [], {}
        for item in items:
            scan = known.get(item["key"])
            if scan:
                answers.append(scan._as_answer("duplicate"))
                continue
            answer, extra = self._take(station, item)
            answers.append(answer)
        return self._at(station)._screen(station, answers, **extra)

    @api.model
    def _check_packer(self):
        if not self.env.user.has_group("oms_fulfillment.group_oms_warehouse"):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not pack orders.", user=self.env.user.name),
                next_step=self.env._("Ask for the role OMS: Warehouse operator."),
            )

    @api.model
    def _check_items(self, items):
        if not isinstance(items, list | tuple) or not all(
            isinstance(item, dict) and item.get("key") and isinstance(item.get("code"), str)
            for item in items
        ):
            raise OmsRefusal(
                "bad_value",
                self.env._("Scans are a list of objects with key and code."),
                field="items",
                next_step=self.env._("Send [{key, code}]."),
            )
        keyed = {str(item["key"])[:64]: item for item in reversed(items[:MAX_ITEMS])}
        return [{**item, "key": key} for key, item in reversed(keyed.items())]

    @api.model
    def _known_scans(self, items):
        # sudo: a scan that was taken may belong to a session that somebody else goes on with.
        scans = self.env["oms.pack.scan"].sudo().search([("key", "in", [i["key"] for i in items])])
        return {scan.key: scan for scan in scans}

    @api.model
    def _at(self, station):
        """The open session of this station, if any."""
        return self.search(
            [
                ("station", "=", str(station)[:64]),
                ("state", "=", "open"),
                ("user_id", "=", self.env.uid),
            ],
            limit=1,
        )

    # ONE SCAN

    @api.model
    def _take(self, station, item):
        """Do what one scan asks for and log it; return the answer and what the screen adds."""
        code = item["code"].strip(" \t\r\n")[:200]
        session = self._at(station)
        seen = {"key": item["key"]}

        def handle(_item):
            session._lock()
            self._ensure_still_ours(session, item)
            seen["extra"] = session._handle(code, station, seen) or {}
            return {}

        outcome = self.env["oms.rpc"]._run_item(item, handle)
        error = (outcome["errors"] or [None])[0]
        extra = {} if error else seen.get("extra", {})
        scan = self._record(seen.get("session") or session, station, item, code, error, seen)
        if scan.session_id.state in ("done", "left"):
            scan.session_id._put_figures()
        if error:
            extra = {"choices": seen.get("choices") or []}
            session._put(**seen.get("keep") or {})
        return scan._as_answer("refused" if error else "ok"), extra

    def _lock(self):
        """One scan after the other, also when two people scan into one parcel."""
        if self:
            # written, not only locked: who waited for it starts again and sees what was scanned
            self.env.cr.execute(
                "UPDATE oms_pack_session SET write_date = now() AT TIME ZONE 'UTC' WHERE id = %s",
                [self.id],
            )

    @api.model
    def _ensure_still_ours(self, session, item):
        """A station that was cut off may not know that somebody else went on with its parcel."""
        thought = item.get("session")
        if not thought or session.id == thought:
            return
        # sudo: only to say who has it now.
        other = self.sudo().browse(int(thought)).exists()
        if other.state == "open" and other.company_id in self.env.companies:
            raise OmsRefusal(
                "taken_over",
                self.env._(
                    "%(user)s has taken over %(transfer)s.",
                    user=other.user_id.name,
                    transfer=other.picking_id.name,
                ),
                next_step=self.env._("Give the goods to them, or scan another order."),
            )

    @api.model
    def _record(self, session, station, item, code, error, seen):
        """Append the scan to the log."""
        vals = dict(seen.get("log") or {})
        refusal = error["code"] if error else False
        supervisor = vals.get("supervisor_id")
        if error:
            vals = {}
        shown = "***" if seen.get("secret") else code
        try:
            at = self.env["oms.rpc"]._parse_time(item.get("at"), "at")
        except OmsRefusal:
            at = None
        company = session.company_id or self.env.company
        values = {
            "session_id": session.id,
            "company_id": company.id,
            "user_id": self.env.uid,
            "station": station,
            "key": item["key"],
            "code": shown,
            "kind": "other",
            "accepted": not error,
            "refusal": refusal,
            "message": error["message"] if error else seen.get("message") or False,
            "next_step": error["next_step"] if error else False,
            "mistakes": int(bool(session) and refusal in MISTAKES),
            "supervisor_id": supervisor,
            "scanned_at": at,
            **vals,
        }
        try:
            # sudo: the role was checked; the log is written by the station alone.
            return self.env["oms.pack.scan"].sudo().create(values)
        except IntegrityError:
            # The same scan arrived twice at once: try again, and find it recorded.
            raise ConcurrencyError(f"scan {item['key']} is being recorded") from None

    def _handle(self, code, station, seen):
        """Find out what ``code`` wants and do it."""
        if not code:
            raise OmsRefusal(
                "unknown_code",
                self.env._("The scan was empty."),
                next_step=self.env._("Scan the code again."),
            )
        if not self:
            return self._handle_idle(code, station, seen)
        command = code.upper() if code.upper().startswith(PREFIX) else None
        if command == "OMS-LEAVE":
            seen["log"] = {"kind": "leave"}
            return self._end("left")
        if command == "OMS-BACK":
            return self._put(step="pack", waiting_for=False)
        self._ensure_packable()
        steps = {
            "weigh": self._handle_weigh,
            "reason": self._handle_reason,
            "then": self._handle_then,
            "badge": self._handle_badge,
            "waive": self._handle_waive,
        }
        handler = steps.get(self.step, self._handle_pack)
        return handler(code, command, seen)

    def _handle_idle(self, code, station, seen):
        command = code.upper()
        if command.startswith("OMS-TAKE "):
            return self._handle_take_over(code[len("OMS-TAKE ") :].strip(), station, seen)
        if command.startswith(PREFIX):
            raise OmsRefusal(
                "nothing_open",
                self.env._("No parcel is open at this station."),
                next_step=self.env._("Scan the picking list, the order number or the tote."),
            )
        pickings = self._find_work(code)
        if len(pickings) > 1:
            seen["message"] = self.env._("Several transfers: choose one.")
            return {"choices": [self._work_choice(picking) for picking in pickings]}
        running = self.search([("picking_id", "=", pickings.id), ("state", "=", "open")], limit=1)
        if running and running.station != station:
            seen["choices"] = [
                {"code": f"OMS-TAKE {pickings.name}", "label": self.env._("Take over")}
            ]
        session = self._open(pickings, station)
        seen.update(session=session, log={"kind": "open"})
        item = session._read_item(code)
        if item and pickings.name != code and item.product in session._moves().product_id:
            # the unit itself opened its order: it is in the parcel
            seen["log"] = session._count(item)
            return session._after_unit(seen["log"])
        return None

    def _handle_take_over(self, name, station, seen):
        session = self.search(
            [
                ("picking_id.name", "=", name),
                ("state", "=", "open"),
                ("company_id", "in", self.env.companies.ids),
            ],
            limit=1,
        )
        if not session:
            return self._handle_idle(name, station, seen)
        session._lock()
        session._ensure_packable()
        session._claim(station)
        seen.update(session=session, log={"kind": "take_over"})
        return None
