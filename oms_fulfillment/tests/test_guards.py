from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import Form, tagged

from .common_accounting import OmsAccountingCase
from .intake_common import make_order

# Everything that a transition could leave behind.
TABLES = (
    "sale_order",
    "sale_order_line",
    "stock_picking",
    "stock_move",
    "stock_move_line",
    "stock_quant",
    "stock_picking_batch",
    "account_move",
    "account_move_line",
    "account_payment",
    "oms_fulfillment",
    "oms_hold",
    "oms_stage_log",
    "oms_outbox",
)


@tagged("post_install", "-at_install")
class TestGuards(OmsAccountingCase):
    """A hold stops what it blocks on every route, before anything has changed.

    A refused request is rolled back anyway. Here nothing is: the rows of all tables concerned are
    compared right after the refusal, so that what is proved is that the guard came first.
    """

    # THE PROOF

    def _rows(self):
        self.env.flush_all()
        rows = {}
        for table in TABLES:
            self.cr.execute("SELECT to_regclass(%s)", [table])
            if self.cr.fetchone()[0]:
                # the time of the transaction is the same for all of them; when the monitor looks
                # again is its own clock
                self.cr.execute(
                    f"SELECT (to_jsonb(t) - 'oms_check_at')::text FROM {table} t ORDER BY t.id"
                )
                rows[table] = self.cr.fetchall()
        return rows

    def _refused(self, routes, reason="Look at it"):
        """Try each route: it must say why not (a scheduled job need not), and change nothing."""
        self._settle()
        before = self._rows()
        for name, route in routes.items():
            with self.subTest(route=name):
                said = self._try(route)
                if not name.startswith("cron"):
                    self.assertIn(reason, said, name)
                self._settle()
                after = self._rows()
                for table in before:
                    self.assertEqual(after[table], before[table], f"{name} changed {table}")

    def _try(self, route):
        """Return what a route says; import answers with messages instead of an error."""
        try:
            result = route()
        except UserError as error:
            return str(error)
        messages = result.get("messages") if isinstance(result, dict) else None
        if messages:
            return messages[0]["message"]
        if isinstance(result, list):
            return " ".join(e["message"] for answer in result for e in answer.get("errors", ()))
        return ""

    def _rpc(self, model, method, *args, **kwargs):
        """As the web client, XML-RPC or JSON-2 call it."""
        return lambda: call_kw(self.env[model], method, list(args), kwargs)

    def _server_action(self, records, code):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Mass",
                "model_id": self.env["ir.model"]._get_id(records._name),
                "state": "code",
                "code": code,
            }
        )
        context = {"active_model": records._name, "active_ids": records.ids}
        return lambda: action.with_context(**context, active_id=records[:1].id).run()

    def _import(self, record, field, value):
        record_id = record.export_data(["id"])["datas"][0][0]
        return lambda: record.browse().load(["id", field], [[record_id, value]])

    def _hold(self, order, *transitions):
        names = ("confirm", "reserve", "ship", "invoice")
        blocks = {f"blocks_{name}": name in transitions for name in names}
        order._oms_raise_hold("fraud_review", "Look at it", raised_by="user", **blocks)
        self._settle()

    # TRANSITIONS

    def test_confirm(self):
        order, other = self._order(), self._order()
        self._hold(order, "confirm")
        self.channel.auto_confirm = True
        other.oms_payment_policy = "prepaid"
        held = order | other
        form = Form(order)
        line = {"product_id": self.product.id, "product_uom_qty": 1}
        self._refused(
            {
                "form": order.action_confirm,
                "rpc call": self._rpc("sale.order", "action_confirm", order.ids),
                "rpc call with context": self._rpc(
                    "sale.order", "action_confirm", order.ids, context={"send_email": True}
                ),
                "rpc write": self._rpc("sale.order", "write", order.ids, {"state": "sale"}),
                "rpc write with a line": self._rpc(
                    "sale.order",
                    "write",
                    order.ids,
                    {"state": "sale", "order_line": [Command.create(line)]},
                ),
                "import": self._import(order, "state", "sale"),
                "mass confirm": held.action_confirm,
                "server action": self._server_action(order, "records.action_confirm()"),
                "server action that writes": self._server_action(
                    order, "records.write({'state': 'sale'})"
                ),
                "cron": lambda: self.env["sale.order"]._oms_advance() or order._oms_advance(),
                "cron of holds": self.env["oms.hold"]._check_held_again,
            }
        )
        self.assertEqual(form.record.state if hasattr(form, "record") else order.state, "draft")

    def test_reserve(self):
        order = self._order()
        self._hold(order, "reserve")
        order.action_confirm()
        self._settle()
        picking = order.picking_ids
        move = picking.move_ids
        batch = self.env["stock.picking.batch"].create(
            {"picking_ids": [Command.set(picking.ids)], "company_id": self.company.id}
        )
        # what the addons' own code says to itself can't be said by a caller
        flags = dict.fromkeys(("oms_allocating", "oms_backorder", "oms_reserved"), True)
        vals = {
            "move_id": move.id,
            "picking_id": picking.id,
            "product_id": move.product_id.id,
            "quantity": 1,
            "location_id": move.location_id.id,
            "location_dest_id": move.location_dest_id.id,
        }
        self._refused(
            {
                "form": picking.action_assign,
                "rpc call": self._rpc("stock.picking", "action_assign", picking.ids),
                "rpc write": self._rpc("stock.move", "write", move.ids, {"quantity": 2}),
                "rpc context": self._rpc(
                    "stock.picking", "action_assign", picking.ids, context=flags
                ),
                "rpc create": self._rpc("stock.move.line", "create", [vals]),
                "import": self._import(move, "quantity", 2),
                "batch": batch.action_assign,
                "server action": self._server_action(picking, "records.action_assign()"),
                "cron allocate": lambda: self.env["oms.allocator"].run() and None,
                "cron scheduler": lambda: self.env["stock.rule"]._run_scheduler_tasks(
                    company_id=self.company.id
                ),
            }
        )
        self.assertEqual(self._units(order), {"ordered": 2.0, "unallocated": 2.0})

    def test_ship(self):
        order = self._confirmed()
        self._hold(order, "ship")
        picking = order.picking_ids
        work = order.oms_fulfillment_ids
        batch = self.env["stock.picking.batch"].create(
            {"picking_ids": [Command.set(picking.ids)], "company_id": self.company.id}
        )
        batch.action_confirm()
        quiet = {"skip_sms": True, "skip_backorder": True, "skip_sanity_check": True}
        machine = self.env["oms.fulfillment"]
        self._refused(
            {
                "form": picking.with_context(skip_sms=True).button_validate,
                "rpc call": self._rpc(
                    "stock.picking", "button_validate", picking.ids, context=quiet
                ),
                "fulfilment: pick": work.action_pick,
                "fulfilment: pack": work.action_pack,
                "fulfilment: hand over": work.action_hand_over,
                "rpc ship": lambda: machine.ship([{"fulfillment": work.name}]),
                "rpc ship by order": lambda: machine.ship([{"order": order.name}]),
                "rpc write": self._rpc("stock.picking", "write", picking.ids, {"state": "done"}),
                "rpc write of a move": self._rpc(
                    "stock.move", "write", picking.move_ids.ids, {"state": "done"}
                ),
                "import": self._import(picking, "state", "done"),
                "import of moves": self._import(picking.move_ids, "state", "done"),
                "batch": batch.action_done,
                "server action": self._server_action(
                    picking, "records.with_context(skip_sms=True).button_validate()"
                ),
                "private: transfer": picking._action_done,
                "cron": order._oms_advance,
            }
        )
        self.assertEqual(picking.state, "assigned")

    def test_a_file_that_says_shipped_ships_nothing(self):
        first = make_order(
            "GUARD-1",
            revision=1,
            lines=[{"line_id": "1", "sku": "MUG", "quantity": 2, "unit_price": 50000}],
            payment={"method": "escrow"},
            extra={"phase": "to_ship"},
        )
        answer = self.env["oms.channel"].submit_orders(self.channel.code, [first])[0]
        order = self.env["sale.order"].browse(answer["id"])
        order.action_confirm()
        self._settle()
        self._hold(order, "ship")
        later = {
            **first,
            "revision": 2,
            "shipping": {"resi": "SPX1", "courier": "SPX"},
            "extra": {"phase": "shipped"},
        }
        answer = self.env["oms.channel"].submit_orders(self.channel.code, [later])[0]
        self._settle()
        self.assertEqual((answer["status"], answer["id"]), ("updated", order.id), answer)
        self.assertEqual(order.oms_channel_phase, "shipped", "what the channel says is kept")
        self.assertEqual(order.picking_ids.state, "assigned")
        self.assertFalse(order.oms_fulfillment_ids.handed_over_at)
        self.assertEqual(self._units(order), {"ordered": 2.0, "reserved": 2.0})
        self.assertTrue(order._oms_active_holds("ship"))

    def test_invoice(self):
        order = self._confirmed()
        order.oms_fulfillment_ids.action_hand_over()
        self._hold(order, "invoice")
        order.oms_fulfillment_ids.action_deliver()
        self.env["sale.order"].oms_accept([{"order": order.name}])
        self._settle()
        self.assertFalse(order.invoice_ids)
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids, active_id=order.id)
            .create({"advance_payment_method": "delivered"})
        )
        self._refused(
            {
                "form": wizard.create_invoices,
                "rpc call": self._rpc("sale.advance.payment.inv", "create_invoices", wizard.ids),
                "server action": self._server_action(order, "records._create_invoices()"),
                "private": order._create_invoices,
                "cron": order._oms_advance,
            }
        )

    def test_draft_invoice_is_not_posted(self):
        order = self._confirmed()
        order.oms_channel_id.invoice_trigger = "accept"
        order.oms_fulfillment_ids.action_hand_over()
        order.oms_fulfillment_ids.action_deliver()
        self._hold(order, "invoice")
        hold = order._oms_active_holds()
        self.env["sale.order"].oms_accept([{"order": order.name}])
        hold.blocks_invoice = False
        draft = order._create_invoices()
        hold.blocks_invoice = True
        validate = self.env["validate.account.move"].with_context(
            active_model="account.move", active_ids=draft.ids
        )
        self._refused(
            {
                "form": draft.action_post,
                "rpc call": self._rpc("account.move", "action_post", draft.ids),
                "rpc write": self._rpc("account.move", "write", draft.ids, {"state": "posted"}),
                "rpc context": self._rpc(
                    "account.move",
                    "write",
                    draft.ids,
                    {"state": "posted"},
                    context={"oms_holds_checked": True},
                ),
                "import": self._import(draft, "state", "Posted"),
                "mass post": lambda: validate.create({}).validate_move(),
                "server action": self._server_action(draft, "records.action_post()"),
                "private": lambda: draft._post(soft=False),
            }
        )
        self.assertEqual(draft.state, "draft")

    def test_hold_is_not_lifted_by_the_back_door(self):
        order = self._order()
        self._hold(order, "confirm")
        hold = order._oms_active_holds().sudo(False)
        agent = self.env["res.users"].create(
            {
                "name": "Agent",
                "login": "agent-back-door",
                "company_id": self.company.id,
                "company_ids": [Command.set(self.company.ids)],
                "group_ids": [
                    Command.link(self.env.ref("oms_fulfillment.group_oms_agent").id),
                ],
            }
        )
        mine = hold.with_user(agent)
        code = self.env["oms.hold.code"].with_user(agent)
        other = self._order()
        hole = {"code_id": hold.code_id.id, "order_id": order.id, "reason": "x"}
        self._refused(
            {
                "write state": lambda: mine.write({"state": "released"}),
                "write blocks": lambda: mine.write({"blocks_confirm": False}),
                "write until": lambda: mine.write({"until": "2000-01-01"}),
                "move it away": lambda: mine.write({"order_id": other.id}),
                "create closed": lambda: mine.create({**hole, "state": "released"}),
            },
            reason="not a field to fill in",
        )
        self._refused({"release": lambda: mine.release("please")}, reason="may not release")
        for route in (mine.unlink, lambda: code.browse(hold.code_id.id).write({"active": False})):
            with self.assertRaises(UserError):
                route()
