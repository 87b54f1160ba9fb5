import { deserializeDate, formatDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { moment } from "@oms_fulfillment/moment";

import { Component, onWillStart, useState } from "@odoo/owl";

import { Choice } from "../period/choice";
import { OmsPeriod } from "../period/period";
import { presetDates } from "../period/presets";
import { openRows } from "../rows";
import { OmsStart } from "../start/start";
import { change, monthName } from "../dashboard/format";
import { figureText } from "./format";

/** Key figures of a period: each with its formula, clock and exclusions, and the rows behind it. */
export class OmsKpi extends Component {
    static template = "oms_reports.Kpi";
    static props = { ...standardActionServiceProps };
    static components = { Layout, OmsPeriod, OmsStart };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.text = figureText;
        this.allName = _t("All");
        this.choice = new Choice(this.props, {
            area: "operations",
            preset: "this_month",
            ...presetDates("this_month"),
            channel_id: false,
            warehouse_id: false,
            by: "",
        });
        this.state = useState({
            ...this.choice.read(),
            ...this.props.state,
            result: null,
            failed: "",
        });
        useSetupAction({ getLocalState: () => ({ ...this.state, result: null }) });
        onWillStart(async () => {
            [this.channels, this.warehouses, { zone: this.zone }] = await Promise.all([
                this.orm.searchRead("oms.channel", [], ["name"]),
                this.orm.webSearchRead("stock.warehouse", [], { specification: { name: {} } }).then(
                    ({ records }) => records,
                    () => []
                ),
                this.orm.call("oms.kpi", "get_start", []),
            ]);
            await this.load();
        });
    }

    get figures() {
        return this.state.result.figures;
    }

    get columns() {
        return this.state.result.columns;
    }

    get clock() {
        return moment(this.state.result.as_of);
    }

    get before() {
        const { date_from, date_to } = this.state.result.before;
        return `${formatDate(deserializeDate(date_from))} – ${formatDate(deserializeDate(date_to))}`;
    }

    /** The last day that has begun, where the company is: an unfinished month is compared with as many days before. */
    get lastDay() {
        const { date_from, date_to } = this.state;
        const today = serializeDate(luxon.DateTime.now().setZone(this.zone));
        return date_from <= today && date_to > today ? today : date_to;
    }

    async load() {
        const { area, date_from, channel_id, warehouse_id, by } = this.state;
        const date_to = this.lastDay;
        this.choice.write(this.state);
        if (!date_from || !date_to || date_from > date_to) {
            this.state.failed = _t("The first day is after the last day. Choose another period.");
            return;
        }
        this.state.failed = "";
        const asked = (this.asked = {});
        const result = await this.orm.call("oms.kpi", "get_figures", [date_from, date_to], {
            area,
            channel_id,
            warehouse_id,
            by: by || null,
        });
        // An answer that came late, after another choice, is not shown.
        if (asked === this.asked) {
            this.state.result = result;
        }
    }

    set(values) {
        Object.assign(this.state, values);
        return this.load();
    }

    /** A record that was chosen: a template has no numbers, only texts. */
    setNumber(name, text) {
        return this.set({ [name]: Number(text) || false });
    }

    changeOf(figure) {
        return figure.value === null || figure.unit === "percent"
            ? ""
            : change(figure.value, figure.before);
    }

    /** Whether the change is for the better: green, red, or no colour. */
    colourOf(figure) {
        const { before, value, better } = figure;
        if (before === null || value === null || value === before || better === "neither") {
            return "text-muted";
        }
        return value > before === (better === "more") ? "text-success" : "text-danger";
    }

    columnName(column) {
        if (this.state.by === "month") {
            return monthName(column.key);
        }
        return this.state.by === "week" ? formatDate(deserializeDate(column.key)) : column.name;
    }

    cell(figure, column) {
        return figure.cells.find(({ key }) => key === column.key);
    }

    open(figure, domain, suffix) {
        const name = suffix ? `${figure.name}, ${suffix}` : figure.name;
        return openRows(this.action, figure.model, domain, name);
    }

    skippedText(figure) {
        return figure.skipped.includes("currency_id")
            ? _t("Companies with different currencies have no common sum. Choose one company.")
            : _t("This figure is not known by the chosen filter.");
    }
}

registry.category("actions").add("oms_reports.kpi", OmsKpi);
