from odoo.tests import tagged

from .common import TrackingCase


@tagged("post_install", "-at_install")
class TestScore(TrackingCase):
    def rows(self, parcels):
        self.env.flush_all()
        rows = self.env["oms.courier.score"].search([("shipment_id", "in", parcels.ids)])
        return {row.shipment_id: row for row in rows}

    def averages(self, parcels, *measures):
        self.env.flush_all()
        ((*figures,),) = self.env["oms.courier.score"]._read_group(
            [("shipment_id", "in", parcels.ids)], [], [f"{name}:avg" for name in measures]
        )
        return figures

    def test_each_rate_has_its_own_denominator(self):
        prompt, late, failed, back, lost, open_one = (self.make_parcel() for _number in range(6))
        parcels = prompt | late | failed | back | lost | open_one
        parcels.write({"promised_from": "2026-07-02", "promised_to": "2026-07-03"})
        self.push(
            self.event(prompt, "delivered", 30),
            self.event(late, "delivered", 24 * 5),
            self.event(failed, "attempt_failed", 20),
            self.event(failed, "delivered", 44),
            self.event(back, "refused", 20),
            self.event(back, "returning", 30),
            self.event(back, "returned", 80),
            self.event(lost, "lost", 99),
        )
        self.assertEqual(
            self.averages(parcels, "on_time", "first_attempt", "returned", "lost"),
            [
                200 / 3,  # of three that were delivered
                50,  # two of four that were tried
                25,  # one of four that ended at the customer's or ours
                100 / 6,  # of all
            ],
        )
        self.assertEqual(self.rows(parcels)[open_one].on_time, 0)
        self.assertEqual(sum(row.parcels for row in self.rows(parcels).values()), 6)

    def test_weights_costs_and_claims(self):
        parcel, unbilled = self.make_parcel(), self.make_parcel()
        self.Shipment.set_facts(
            [
                {"parcel": unbilled.id, "weight_kg": 5, "cost_estimated": 9},
                {"parcel": parcel.id, "weight_kg": 1, "billed_kg": 3, "cost_billed": 30},
            ]
        )
        self.push(self.event(parcel, "lost", 99))
        claim = self.env["oms.claim"].browse(parcel.action_claim()["res_id"])
        claim.write({"amount": 100, "recovered_amount": 60})
        row = self.rows(parcel)[parcel]
        self.assertEqual((row.declared_kg, row.billed_kg, row.excess_kg), (1, 3, 2))
        self.assertEqual((row.cost, row.claimed, row.recovered), (30, 100, 60))
        self.assertEqual(self.averages(parcel | unbilled, "cost_each"), [19.5])
        self.assertEqual(row.action_open_parcel()["res_id"], parcel.id)

    def test_what_did_not_leave_is_not_counted(self):
        planned = self.make_order().oms_fulfillment_ids._plan_parcels()
        parcel = self.make_parcel()
        back = parcel._bring_back({})
        self.assertEqual(set(self.rows(planned | parcel | back)), {parcel})
