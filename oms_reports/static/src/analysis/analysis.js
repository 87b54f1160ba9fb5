import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { moment } from "@oms_fulfillment/moment";

import { Component, onWillStart, useState } from "@odoo/owl";

import { figureText } from "../kpi/format";
import { Choice } from "../period/choice";
import { OmsPeriod } from "../period/period";
import { presetDates } from "../period/presets";
import { openRows } from "../rows";
import { OmsStart } from "../start/start";
import { OmsAnalysisExplain } from "./explain";

/** What must be there before a report says anything, by its area; stock and integrity always do. */
const NEEDS = { customers: "orders", cash: "items" };

/** Reports that are tables: customers, stock, cash and integrity, each with its formula. */
export class OmsAnalysis extends Component {
    static template = "oms_reports.Analysis";
    static props = { ...standardActionServiceProps };
    static components = { Layout, OmsPeriod, OmsStart };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.display = { controlPanel: {} };
        this.companies = user.activeCompanies;
        this.choice = new Choice(this.props, {
            code: this.props.action.params?.code || "",
            preset: "this_year",
            ...presetDates("this_year"),
            channel_id: false,
            warehouse_id: false,
            company_id: user.activeCompany.id,
        });
        this.state = useState({
            ...this.choice.read(),
            ...this.props.state,
            result: null,
            failed: "",
        });
        useSetupAction({ getLocalState: () => ({ ...this.state, result: null }) });
        // A company that is not chosen at the top any more.
        if (!this.companies.some(({ id }) => id === this.state.company_id)) {
            this.state.company_id = user.activeCompany.id;
        }
        onWillStart(async () => {
            [this.reports, this.areas, this.channels, this.warehouses] = await Promise.all([
                this.orm.call("oms.analysis", "get_reports", []),
                this.orm.call("oms.kpi", "fields_get", [["area"], ["selection"]]),
                this.orm.searchRead("oms.channel", [], ["name"]),
                this.orm.webSearchRead("stock.warehouse", [], { specification: { name: {} } }).then(
                    ({ records }) => records,
                    () => []
                ),
            ]);
            // A bookmark may name a report that the reader may not open.
            if (!this.report) {
                this.state.code = this.reports[0].code;
            }
            await this.load();
        });
    }

    /** The reports in groups: [area, [report]]. */
    get groups() {
        return this.areas.area.selection
            .map(([area, name]) => [name, this.reports.filter((report) => report.area === area)])
            .filter(([, reports]) => reports.length);
    }

    /** A report is of one company, the first of those in the context. */
    get context() {
        const { company_id } = this.state;
        const others = this.companies.map(({ id }) => id).filter((id) => id !== company_id);
        return { allowed_company_ids: [company_id, ...others] };
    }

    get report() {
        return this.reports.find(({ code }) => code === this.state.code);
    }

    get hasChannels() {
        return this.channels.length > 1 && this.report.area === "customers";
    }

    get hasWarehouses() {
        return this.warehouses.length > 1 && this.report.area === "stock";
    }

    get needs() {
        return { demand_forecast: "orders", cash_stages: "orders" }[this.state.code] || NEEDS[this.report.area];
    }

    get nothing() {
        if (this.report.area === "stock") {
            return _t("Nothing is in stock. Receive goods, or count them under Inventory > Physical Inventory.");
        }
        if (this.state.code === "basket_pairs") {
            return _t("No two goods were bought together three times in this period. Choose a longer one.");
        }
        return _t("Nothing to show in this period. Choose a longer one.");
    }

    get clock() {
        return moment(this.state.result.as_of);
    }

    async load() {
        const { code, date_from, date_to } = this.state;
        this.choice.write(this.state);
        if (!date_from || !date_to || date_from > date_to) {
            this.state.failed = _t("The first day is after the last day. Choose another period.");
            return;
        }
        this.state.failed = "";
        const asked = (this.asked = {});
        const result = await this.orm.call("oms.analysis", "get_report", [code, date_from, date_to], {
            channel_id: this.hasChannels && this.state.channel_id,
            warehouse_id: this.hasWarehouses && this.state.warehouse_id,
            context: this.context,
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

    /** Channels and warehouses are those of a company. */
    setCompany(value) {
        const company_id = Number(value);
        return this.set({ company_id, channel_id: false, warehouse_id: false, result: null });
    }

    /** A record that was chosen: a template has no numbers, only texts. */
    setNumber(name, text) {
        return this.set({ [name]: Number(text) || false });
    }

    text(cell, index) {
        return this.valueText(cell.value, cell.unit || this.state.result.columns[index].unit);
    }

    valueText(value, unit) {
        if (typeof value === "string") {
            return value;
        }
        if (Array.isArray(value)) {
            return value.map((one) => this.valueText(one, unit)).join("  ");
        }
        return figureText(value, { unit, currency_id: this.state.result.currency_id });
    }

    /** Cells that a list on a telephone can do without. */
    saysNothing({ value }) {
        return value === null || value === undefined || value === "";
    }

    isNumber(index) {
        return this.state.result.columns[index].unit !== "text";
    }

    /** The darker, the more: readable on light and dark themes alike. */
    heat(cell) {
        return cell.heat ? `background-color: rgba(1, 126, 132, ${0.1 + 0.6 * cell.heat});` : "";
    }

    /** What a cell was computed from: names of inputs of its row. */
    inputs(row, cell, index) {
        if (!row.inputs || cell.value === null || cell.value === "") {
            return [];
        }
        return cell.inputs || this.state.result.columns[index].inputs || [];
    }

    isOpen(row, cell, index) {
        return cell.value !== null && (cell.domain || this.inputs(row, cell, index).length);
    }

    open(row, cell, index) {
        const column = this.state.result.columns[index];
        const title = `${row.label}: ${column.name}`;
        const inputs = this.inputs(row, cell, index);
        if (!inputs.length) {
            return this.openRows(title, cell);
        }
        return this.dialog.add(OmsAnalysisExplain, {
            title,
            value: this.text(cell, index),
            how: cell.how || column.how || "",
            parts: inputs.map((key) => this.part(row, key)),
            open: (part) => this.openRows(`${row.label}: ${part.name}`, part),
        });
    }

    /** An input of a row: what the report says of it, and what the row adds. */
    part(row, key) {
        const base = this.state.result.inputs[key] || {};
        const own = row.inputs[key];
        const part = { ...base, ...own, key };
        part.text = this.valueText(part.value, part.unit);
        part.domain = part.model && [...(base.domain || []), ...(own.domain || [])];
        return part;
    }

    openRows(title, { model, domain, context, nothing }) {
        return openRows(this.action, model, domain, title, "list", context || {}, nothing);
    }
}

registry.category("actions").add("oms_reports.analysis", OmsAnalysis);
