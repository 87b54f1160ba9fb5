import { useService } from "@web/core/utils/hooks";

import { Component, onWillStart } from "@odoo/owl";

const STEPS = {
    channel: "oms_fulfillment.action_oms_channel",
    orders: "oms_fulfillment.action_oms_import",
    items: "account.action_move_out_invoice_type",
};

/**
 * The content of a report, or, as long as there is nothing that it could tell about, what to do
 * next instead of a table of zeros.
 */
export class OmsStart extends Component {
    static template = "oms_reports.Start";
    static props = {
        // What the report is about: orders of channels, or posted journal items.
        needs: { type: String, optional: true },
        slots: Object,
    };

    setup() {
        this.action = useService("action");
        const orm = useService("orm");
        onWillStart(async () => {
            this.known = await orm.call("oms.kpi", "get_start", []);
        });
    }

    /** The next step, or nothing. */
    get step() {
        const { has_channel, has_orders, has_items } = this.known;
        if (this.props.needs === "items") {
            return has_items ? "" : "items";
        }
        if (this.props.needs !== "orders" || has_orders) {
            return "";
        }
        return has_channel ? "orders" : "channel";
    }

    get may() {
        const { configure, import_orders, invoice } = this.known.can;
        return { channel: configure, orders: import_orders, items: invoice }[this.step];
    }

    go() {
        return this.action.doAction(STEPS[this.step]);
    }
}
