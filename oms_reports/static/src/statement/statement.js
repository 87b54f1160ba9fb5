import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { download } from "@web/core/network/download";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component, onWillStart, useState } from "@odoo/owl";

import { openRows } from "../rows";
import { PRESETS, presetDates } from "./presets";

const TRIAL = ["opening", "debit", "credit", "closing"];

/** Financial statements: choose, compare, fold, and open any amount. */
export class OmsStatement extends Component {
    static template = "oms_reports.Statement";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.presets = PRESETS;
        this.state = useState({
            statement: "income",
            preset: "this_year",
            ...presetDates("this_year"),
            compare: "none",
            periods: 1,
            channel_id: false,
            draft: false,
            unfolded: {},
            ...this.props.state,
            result: null,
            failed: "",
        });
        // The figures are read again when the user comes back: they may have changed.
        useSetupAction({
            getLocalState: () => ({ ...this.state, result: null, unfolded: { ...this.state.unfolded } }),
        });
        onWillStart(async () => {
            this.channels = await this.orm.searchRead("oms.channel", [], ["name"]);
            await this.load();
        });
    }

    get statements() {
        return [
            ["income", _t("Income Statement")],
            ["balance", _t("Balance Sheet")],
            ["cash", _t("Cash Flow (direct)")],
            ["cash_indirect", _t("Cash Flow (indirect)")],
            ["trial", _t("Trial Balance")],
        ];
    }

    get isTrial() {
        return this.state.statement === "trial";
    }

    /** The arguments of oms.statement.get_table. */
    get options() {
        const { date_from, date_to, compare, periods, channel_id, draft } = this.state;
        return this.isTrial
            ? { date_from, date_to, draft }
            : { date_from, date_to, compare, periods, channel_id, draft };
    }

    async load() {
        const { statement, date_from, date_to } = this.state;
        if (!date_from || !date_to || date_from > date_to) {
            this.state.failed = _t("The first day is after the last day. Choose another period.");
            return;
        }
        this.state.failed = "";
        const asked = JSON.stringify([statement, this.options]);
        const result = this.isTrial
            ? await this.orm.call("oms.statement", "get_trial_balance", [], this.options)
            : await this.orm.call("oms.statement", "get_statement", [statement], this.options);
        // An answer that came late, after another choice, is not shown.
        if (asked === JSON.stringify([this.state.statement, this.options])) {
            this.state.result = result;
        }
    }

    set(values) {
        Object.assign(this.state, values, "statement" in values ? { result: null } : {});
        return this.load();
    }

    setPreset(preset) {
        return this.set({ preset, ...presetDates(preset) });
    }

    setDate(name, value) {
        return this.set({ preset: "custom", [name]: value });
    }

    // Table

    get headings() {
        if (this.isTrial) {
            return [_t("Opening"), _t("Debit"), _t("Credit"), _t("Closing")];
        }
        return this.state.result.columns.map(({ date_from, date_to }) => {
            const last = formatDate(deserializeDate(date_to));
            return this.state.statement === "balance"
                ? last
                : `${formatDate(deserializeDate(date_from))} – ${last}`;
        });
    }

    get rows() {
        if (this.isTrial) {
            return this.trialRows;
        }
        return this.state.result.lines.flatMap((line) => [
            {
                ...line,
                key: line.code,
                strong: line.level === 0,
                amounts: line.kind === "heading" ? [] : line.amounts,
                foldable: line.accounts.length > 0,
            },
            ...(this.state.unfolded[line.code]
                ? line.accounts.map((account) => ({
                      ...account,
                      key: `${line.code}-${account.id}`,
                      code: line.code,
                      account_id: account.id,
                      name: `${account.code} ${account.name}`,
                      level: 3,
                  }))
                : []),
        ]);
    }

    get trialRows() {
        const { rows, totals } = this.state.result;
        const amounts = (row) => TRIAL.map((name) => row[name]);
        return [
            ...rows.map((row) => ({
                key: `account-${row.id}`,
                name: `${row.code} ${row.name}`.trim(),
                account_id: row.id,
                level: 1,
                amounts: amounts(row),
            })),
            { key: "total", name: _t("Total"), level: 0, strong: true, amounts: amounts(totals) },
        ];
    }

    get allUnfolded() {
        return this.state.result.lines.every(
            ({ code, accounts }) => !accounts.length || this.state.unfolded[code]
        );
    }

    toggle(row) {
        if (row.foldable) {
            this.state.unfolded[row.code] = !this.state.unfolded[row.code];
        }
    }

    toggleAll() {
        const open = !this.allUnfolded;
        for (const { code } of this.state.result.lines) {
            this.state.unfolded[code] = open;
        }
    }

    format(amount) {
        if (!amount) {
            return "–";
        }
        const text = formatMonetary(Math.abs(amount), {
            currencyId: this.state.result.currency_id,
            noSymbol: true,
        });
        return amount < 0 ? `(${text})` : text;
    }

    get differences() {
        return (this.state.result.checks || []).filter(({ difference }) => difference.some(Boolean));
    }

    differenceText({ name, difference }) {
        return _t("Does not tie: %(check)s, difference %(difference)s.", {
            check: name,
            difference: difference.map((amount) => this.format(amount)).join(", "),
        });
    }

    get footnote() {
        return _t(
            "%(company)s: journal items by accounting date, in the company's currency. Costs and money going out stand in brackets.",
            { company: this.state.result.company }
        );
    }

    // Drill-down: the journal items that add up to an amount

    async openAmount(row, column) {
        if (this.isTrial) {
            return row.account_id && this.openItems(row.name, this.trialDomain(row, TRIAL[column]));
        }
        const domain = await this.orm.call("oms.statement", "get_items_domain", [
            this.state.statement,
            row.code,
            column,
            row.account_id || false,
            this.options,
        ]);
        return this.openItems(row.name, domain);
    }

    trialDomain(row, column) {
        const { date_from, date_to, draft } = this.state;
        const domain = [
            ["account_id", "=", row.account_id],
            ["parent_state", "in", draft ? ["posted", "draft"] : ["posted"]],
            ["company_id", "=", user.activeCompany.id],
            ["date", column === "opening" ? "<" : "<=", column === "opening" ? date_from : date_to],
        ];
        if (["debit", "credit"].includes(column)) {
            domain.push(["date", ">=", date_from], [column, "!=", 0]);
        }
        return domain;
    }

    openItems(name, domain) {
        return openRows(this.action, "account.move.line", domain, name);
    }

    // Paper and workbook

    get tableArguments() {
        return { statement: this.state.statement, unfold: this.anyUnfolded, ...this.options };
    }

    get anyUnfolded() {
        return !this.isTrial && Object.values(this.state.unfolded).some(Boolean);
    }

    print() {
        return this.action.doAction({
            type: "ir.actions.report",
            report_type: "qweb-pdf",
            report_name: "oms_reports.report_statement",
            report_file: "oms_reports.report_statement",
            data: { table: this.tableArguments },
        });
    }

    exportWorkbook() {
        return download({
            url: "/oms/statement.xlsx",
            data: {
                company_id: user.activeCompany.id,
                options: JSON.stringify(this.tableArguments),
            },
        });
    }
}

registry.category("actions").add("oms_reports.statement", OmsStatement);
