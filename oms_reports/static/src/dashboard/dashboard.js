import { deserializeDate, deserializeDateTime, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { moment } from "@oms_fulfillment/moment";

import { Component, onWillStart, useState } from "@odoo/owl";

import { openRows } from "../rows";
import { age, change, money, moneyList, monthName } from "./format";
import { SalesChart } from "./sales_chart";

export class OmsDashboard extends Component {
    static template = "oms_reports.Dashboard";
    static components = { Layout, SalesChart };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ data: null, busy: false });
        this.display = { controlPanel: {} };
        this.format = { age, change, money, moneyList, monthName };
        this.nameOf = this.nameOf.bind(this);
        this.openSales = this.openSales.bind(this);
        onWillStart(() => this.load());
    }

    async load() {
        this.state.data = await this.orm.call("oms.report.dashboard", "get_data", []);
    }

    get data() {
        return this.state.data;
    }

    get clock() {
        return moment(this.data.as_of);
    }

    get placedHelp() {
        return _t("Orders by order date, cancelled ones left out; compared with %(day)s.", {
            day: formatDate(deserializeDate(this.data.placed.same_weekday.day)),
        });
    }

    proofAge(proof) {
        return deserializeDateTime(proof.at).toRelative();
    }

    proofTitle(proof) {
        return [moment(proof.at), ...proof.messages].join("\n");
    }

    nameOf(channel) {
        return channel.name || _t("Not allocated");
    }

    /** The part of the month before that the unfinished month is compared with: "1–22 Oct". */
    sameDays({ last_month_to_date: { since, until } }) {
        const last = deserializeDate(until).minus({ days: 1 });
        return `${deserializeDate(since).day}–${last.day} ${last.toFormat("LLL")}`;
    }

    windowName(ledger) {
        const until = deserializeDate(ledger.until).minus({ days: 1 });
        return `${formatDate(deserializeDate(ledger.since))} – ${formatDate(until)}`;
    }

    // Drill-down: the rows that add up to a figure

    open(model, domain, name) {
        return openRows(this.action, model, domain, name);
    }

    openOrders(domain, name) {
        if (this.data.can.open_orders) {
            return this.open("sale.order", domain, name);
        }
    }

    openStage(stage) {
        return this.openOrders(stage.domain, stage.name);
    }

    openLate(stage) {
        const name = _t("%(stage)s: past the target", { stage: stage.name });
        return this.openOrders(stage.late_domain, name);
    }

    openSales(figure, name) {
        return this.open("oms.report.sales", figure.domain, name);
    }

    openProof() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Conservation Proof"),
            res_model: "oms.proof.result",
            res_id: this.data.proof.id,
            views: [[false, "form"]],
        });
    }

    /** Trends and comparisons: a spreadsheet dashboard. */
    openBoard(board) {
        return this.action.doAction({
            type: "ir.actions.client",
            tag: "action_spreadsheet_dashboard",
            params: { dashboard_id: board.id },
        });
    }

    openChannels() {
        return this.action.doAction("oms_fulfillment.action_oms_channel");
    }

    async prove() {
        this.state.busy = true;
        try {
            await this.orm.call("oms.proof.result", "prove", []);
            await this.load();
        } finally {
            this.state.busy = false;
        }
    }
}

registry.category("actions").add("oms_reports.dashboard", OmsDashboard);
