from odoo.tests import tagged

from .common_accounting import OmsAccountingCase


@tagged("post_install", "-at_install")
class TestSettlementComplaints(OmsAccountingCase):
    """What sellers complain about: rows of a payout that can't be joined with their orders."""

    def _paid_out(self, *lines):
        answers = self.env["oms.settlement"].submit_lines("MARKET-T", "PAYOUT", list(lines))
        self._settle()
        return answers

    def test_rows_with_a_parcel_number_for_an_order_or_with_no_order_at_all(self):
        """Elsewhere rows whose order column holds the number of a parcel, of a part of a parcel, or
        nothing, fall out of the payout and its total agrees with nothing."""
        by_number, by_parcel, both = (self._sold(self.marketplace) for _order in range(3))
        for order in (by_number, by_parcel, both):
            self._ship(order)
        by_parcel.picking_ids.carrier_tracking_ref = "JX100"
        both.picking_ids.carrier_tracking_ref = "JX200"
        payout = [
            {"order": by_number.oms_external_id, "gross": 300000, "fees": {"commission": 9000}},
            {"order": "JX100", "gross": 300000},
            {"order": "SHIP-77", "resi": "JX200", "gross": 300000},
            {"fees": {"advertising": 25000}},
            {"order": "", "net": -1500, "fees": {"penalty": 1500}, "gross": 0},
            {"order": "SHIP-99", "gross": 120000},
        ]
        answers = self._paid_out(*payout)
        self.assertEqual([one["status"] for one in answers], ["matched"] * 5 + ["unmatched"])
        self.assertIn("SHIP-99", answers[-1]["errors"][0]["message"])
        for order in (by_number, by_parcel, both):
            self.assertBalances(order, clearing=0, receivable=0)
        settlement = self.env["oms.settlement"].search([("reference", "=", "PAYOUT")])
        waiting = settlement.line_ids.filtered(lambda line: line.state == "unmatched")
        self.assertEqual((waiting.order_ref, waiting.net), ("SHIP-99", 120000))
        posted = 3 * 300000 - 9000 - 25000 - 1500
        self.assertBalances(bank=posted, fees=9000 + 25000 + 1500)
        self.assertEqual(settlement.net, posted + 120000, "nothing of the payout is left out")
        self.assertProved()

    def test_the_same_rows_again_and_a_row_that_finds_its_order_later(self):
        """Elsewhere a row that waits is lost, or posted twice when its order is known at last."""
        row = {"order": "JX300", "gross": 300000}
        self.assertEqual(self._paid_out(row)[0]["status"], "unmatched")
        order = self._sold(self.marketplace)
        self._ship(order)
        order.picking_ids.carrier_tracking_ref = "JX300"
        for status in ("matched", "duplicate"):
            self.assertEqual(self._paid_out(row)[0]["status"], status)
            self.assertBalances(order, clearing=0)
        self.assertBalances(bank=300000)
        self.assertProved()
