import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component, onWillStart, useState } from "@odoo/owl";

import { figureText } from "../kpi/format";
import { openRows } from "../rows";
import { PRESETS, presetDates } from "../statement/presets";

/** Reports that are tables: customers, stock, cash and integrity, each with its formula. */
export class OmsAnalysis extends Component {
    static template = "oms_reports.Analysis";
    static props = { ...standardActionServiceProps };
    static components = { Layout };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.presets = PRESETS;
        this.state = useState({
            code: this.props.action.params?.code || "",
            preset: "this_year",
            ...presetDates("this_year"),
            channel_id: false,
            ...this.props.state,
            result: null,
            failed: "",
        });
        useSetupAction({ getLocalState: () => ({ ...this.state, result: null }) });
        onWillStart(async () => {
            [this.reports, this.areas, this.channels] = await Promise.all([
                this.orm.call("oms.analysis", "get_reports", []),
                this.orm.call("oms.kpi", "fields_get", [["area"], ["selection"]]),
                this.orm.searchRead("oms.channel", [], ["name"]),
            ]);
            this.state.code ||= this.reports[0].code;
            await this.load();
        });
    }

    /** The reports in groups: [area, [report]]. */
    get groups() {
        return this.areas.area.selection
            .map(([area, name]) => [name, this.reports.filter((report) => report.area === area)])
            .filter(([, reports]) => reports.length);
    }

    get report() {
        return this.reports.find(({ code }) => code === this.state.code);
    }

    get clock() {
        return formatDateTime(deserializeDateTime(this.state.result.as_of), { showSeconds: false });
    }

    async load() {
        const { code, date_from, date_to, channel_id } = this.state;
        if (!date_from || !date_to || date_from > date_to) {
            this.state.failed = _t("The first day is after the last day. Choose another period.");
            return;
        }
        this.state.failed = "";
        const asked = (this.asked = {});
        const result = await this.orm.call("oms.analysis", "get_report", [code, date_from, date_to], {
            channel_id,
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

    setPreset(preset) {
        return this.set({ preset, ...presetDates(preset) });
    }

    setDate(name, value) {
        return this.set({ preset: "custom", [name]: value });
    }

    text(cell, index) {
        const { columns, currency_id } = this.state.result;
        if (typeof cell.value === "string") {
            return cell.value;
        }
        return figureText(cell.value, { unit: cell.unit || columns[index].unit, currency_id });
    }

    isNumber(index) {
        return this.state.result.columns[index].unit !== "text";
    }

    /** The darker, the more: readable on light and dark themes alike. */
    heat(cell) {
        return cell.heat ? `background-color: rgba(1, 126, 132, ${0.1 + 0.6 * cell.heat});` : "";
    }

    open(row, cell, index) {
        const name = `${row.label}: ${this.state.result.columns[index].name}`;
        return openRows(this.action, cell.model, cell.domain, name, "list", cell.context || {});
    }
}

registry.category("actions").add("oms_reports.analysis", OmsAnalysis);
