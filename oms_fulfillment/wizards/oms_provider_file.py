import base64
import binascii

from odoo import Command, api, fields, models

from ..adapters import provider_file
from ..adapters.messages import WorkbookError
from ..exceptions import OmsRefusal

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class OmsProviderFile(models.TransientModel):
    """Work with a 3PL that has no system to call: a file goes there and comes back filled in."""

    _name = "oms.provider.file"
    _description = "Work of a 3PL by File"

    provider_id = fields.Many2one(
        "res.partner", string="3PL", required=True, domain="[('id', 'in', known_provider_ids)]"
    )
    known_provider_ids = fields.Many2many("res.partner", compute="_compute_known_provider_ids")
    format = fields.Selection(
        [("xlsx", "Excel (.xlsx)"), ("csv", "Text (.csv)")], default="xlsx", required=True
    )
    include_sent = fields.Boolean(
        string="Also What It Has Accepted", help="Work that was told before and has not left."
    )
    file = fields.Binary(string="File From the 3PL", attachment=False)
    file_name = fields.Char()
    out_file = fields.Binary(string="File for the 3PL", attachment=False, readonly=True)
    out_name = fields.Char(readonly=True)
    out_count = fields.Integer(string="Fulfilments in the File", readonly=True)
    state = fields.Selection([("choose", "Choose"), ("preview", "Preview")], default="choose")
    line_ids = fields.One2many("oms.provider.file.line", "file_id", readonly=True)
    ready_count = fields.Integer(string="Will Be Done", readonly=True)
    problem_count = fields.Integer(string="Will Not Be Done", readonly=True)

    @api.depends_context("allowed_company_ids")
    def _compute_known_provider_ids(self):
        providers = (
            self.env["stock.warehouse"]
            .search(
                [("oms_provider_id", "!=", False), ("company_id", "in", self.env.companies.ids)]
            )
            .oms_provider_id
        )
        self.known_provider_ids = providers

    # OUT

    def action_export(self):
        """Make the file; what is in it counts as fetched by the 3PL."""
        self.ensure_one()
        works = self._works_to_export()
        if not works:
            raise OmsRefusal(
                "no_work",
                self.env._("Nothing waits for %(name)s.", name=self.provider_id.name),
                next_step=self.env._("Work is sent to a 3PL when its stock is reserved."),
            )
        rows = [row for work in works for row in self._prepare_rows(work)]
        write = provider_file.write_xlsx if self.format == "xlsx" else provider_file.write_csv
        indonesian = (self.env.lang or "").startswith("id")
        self.write(
            {
                "out_file": base64.b64encode(write(rows, indonesian)),
                "out_name": f"{self._stamp()}.{self.format}",
                "out_count": len(works),
            }
        )
        return self._reopen()

    def _works_to_export(self):
        self.env["oms.fulfillment"]._check_work_access()
        states = ["submitted"] + (
            ["accepted", "cancellation_rejected"] if self.include_sent else []
        )
        works = self.env["oms.fulfillment"].search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("request_state", "in", states),
                ("state", "in", ("ready", "picked", "packed")),
            ]
        )
        works -= works._held_from_shipping()
        # sudo: the role was checked; only the time of the file is noted.
        works.sudo().filtered(lambda w: not w.fetched_at).fetched_at = fields.Datetime.now()
        return works

    def _prepare_rows(self, work):
        # sudo: the role was checked; the operator need not read orders otherwise.
        told = work.sudo()._prepare_work()
        address = {key: value for key, value in told["ship_to"].items() if value}
        ship_by = work.ship_by and fields.Datetime.context_timestamp(self, work.ship_by)
        for line in told["lines"]:
            yield {
                **{key: address.get(key) for key in provider_file.OURS},
                "fulfillment": told["fulfillment"],
                "order": told["order"],
                "ship_by": ship_by and ship_by.strftime("%Y-%m-%d %H:%M"),
                "cod_amount": told["cod_amount"] or None,
                "note": told["note"],
                "sku": line["sku"],
                "product": line["name"],
                "quantity": line["quantity"],
                "reserved_lots": "; ".join(
                    f"{lot['lot']}={lot['quantity']:g}" for lot in line["lots"]
                ),
                "courier": told["courier"],
            }

    def _stamp(self):
        now = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        name = "".join(c if c.isalnum() else "-" for c in self.provider_id.name or "3PL")
        return f"{name}-{now:%Y%m%d-%H%M}"

    # IN

    def action_preview(self):
        """Try the file out and show what it would do, row by row, without doing it."""
        self.ensure_one()
        answers = self._read_file()
        self.line_ids.unlink()
        lines = [self._prepare_line(answer, *self._try_out(answer)) for answer in answers]
        done = sum(line["outcome"] in ("shipped", "rejected") for line in lines)
        self.write(
            {
                "state": "preview",
                "line_ids": [Command.create(line) for line in lines],
                "ready_count": done,
                "problem_count": sum(line["outcome"] == "problem" for line in lines),
            }
        )
        return self._reopen()

    def action_apply(self):
        """Do what the preview showed; one bad fulfilment never stops the others."""
        self.ensure_one()
        lines = []
        for answer in self._read_file():
            outcome, reason = self._run(answer)
            lines.append(self._prepare_line(answer, outcome, reason))
        problems = [line for line in lines if line["outcome"] == "problem"]
        done = sum(line["outcome"] in ("shipped", "rejected") for line in lines)
        message = self.env._(
            "%(done)s fulfilments done, %(problems)s not.", done=done, problems=len(problems)
        )
        if problems:
            self.line_ids.unlink()
            self.write(
                {
                    "line_ids": [Command.create(line) for line in problems],
                    "ready_count": 0,
                    "problem_count": len(problems),
                }
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if problems else "success",
                "message": message,
                "next": self._reopen() if problems else {"type": "ir.actions.act_window_close"},
            },
        }

    def action_back(self):
        self.state = "choose"
        return self._reopen()

    def _read_file(self):
        """Return the answers of the file.

        :raise OmsRefusal: ``bad_file``
        """
        self.env["oms.fulfillment"]._check_work_access()
        try:
            content = base64.b64decode(self.file or b"", validate=True)
            return provider_file.read(self.file_name or self.env._("The file"), content)
        except (binascii.Error, ValueError) as error:
            raise OmsRefusal(
                "bad_file",
                self.env._("The file can't be read."),
                field="file",
                next_step=self.env._("Choose the file again, as the 3PL sent it."),
            ) from error
        except WorkbookError as error:
            sentence = self.env["oms.rpc"]._say(error.sentence)
            raise OmsRefusal(
                "bad_file",
                sentence,
                field="file",
                next_step=self.env._("Send the 3PL a new file if nothing helps."),
            ) from error

    def _try_out(self, answer):
        """Run the answer in a savepoint that is given up; return ``(outcome, reason)``."""
        cr = self.env.cr
        self.env.flush_all()
        with cr.savepoint(flush=False) as savepoint:
            try:
                return self._run(answer)
            finally:
                self.env.transaction.clear()
                for key in ("oms.touched", "oms.allocate", "oms.verified"):
                    cr.precommit.data.pop(key, None)
                savepoint.rollback()

    def _run(self, answer):
        if answer.problems:
            say = self.env["oms.rpc"]._say
            return "problem", " ".join(say(sentence) for sentence in answer.problems[:3])
        if answer.act == "nothing":
            return "nothing", False
        refusal = self._not_of_provider(answer)
        if refusal:
            return "problem", refusal
        Work = self.env["oms.fulfillment"]
        if answer.item.get("shipped_at"):
            answer.item["shipped_at"] = self._local_time(answer.item["shipped_at"])
        result = (Work.ship if answer.act == "ship" else Work.reject)([answer.item])[0]
        if result["errors"]:
            error = result["errors"][0]
            return "problem", " ".join(filter(None, [error["message"], error["next_step"]]))
        return result["status"], False

    def _not_of_provider(self, answer):
        work = self.env["oms.fulfillment"].search([("name", "=", answer.fulfillment)])
        if self.provider_id not in work.provider_id:
            return self.env._(
                "%(name)s is no work of %(provider)s.",
                name=answer.fulfillment,
                provider=self.provider_id.name,
            )
        return None

    def _local_time(self, text):
        """A time of the file, on the clock of the user who imports it."""
        zone = fields.Datetime.context_timestamp(self, fields.Datetime.now()).strftime("%z")
        return f"{text.strip()}{zone[:3]}:{zone[3:]}" if len(text.strip()) <= 19 else text

    def _prepare_line(self, answer, outcome, reason):
        resi = [parcel.get("resi") for parcel in (answer.item or {}).get("parcels", ())]
        return {
            "rows": ", ".join(map(str, answer.rows)),
            "fulfillment": answer.fulfillment,
            "resi": ", ".join(filter(None, resi)),
            "outcome": outcome,
            "reason": reason,
        }

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Work of a 3PL by File"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }


class OmsProviderFileLine(models.TransientModel):
    """One fulfilment of the file and what would become of it."""

    _name = "oms.provider.file.line"
    _description = "Fulfilment in the File of a 3PL"

    file_id = fields.Many2one("oms.provider.file", required=True, ondelete="cascade", index=True)
    rows = fields.Char()
    fulfillment = fields.Char(string="Fulfilment")
    resi = fields.Char()
    outcome = fields.Selection(
        [
            ("shipped", "Leaves"),
            ("rejected", "Comes Back"),
            ("duplicate", "Already Known"),
            ("nothing", "Not Filled In"),
            ("problem", "Problem"),
        ]
    )
    reason = fields.Char()
