import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { deserializeDate, formatDate, serializeDate } from "@web/core/l10n/dates";
import { getCurrency } from "@web/core/currency";
import { _t } from "@web/core/l10n/translation";
import { download } from "@web/core/network/download";
import { RecordSelector } from "@web/core/record_selectors/record_selector";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component, onWillStart, useState } from "@odoo/owl";

import { Choice } from "../period/choice";
import { OmsPeriod } from "../period/period";
import { presetDates } from "../period/presets";
import { openRows } from "../rows";
import { OmsStart } from "../start/start";

const TRIAL = ["opening", "debit", "credit", "closing"];
// Reports as of one day; the others are about a period.
const AGEINGS = ["receivable", "payable", "cod", "marketplace"];
const PAGE = 80;

/** Financial statements: choose, compare, fold, and open any amount. */
export class OmsStatement extends Component {
    static template = "oms_reports.Statement";
    static components = { Layout, OmsPeriod, OmsStart, RecordSelector };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.display = { controlPanel: {} };
        this.companies = user.activeCompanies;
        this.choice = new Choice(this.props, {
            statement: "income",
            preset: "this_year",
            ...presetDates("this_year"),
            compare: "none",
            periods: 1,
            channel_id: false,
            account_id: false,
            company: "",
        });
        this.state = useState({
            ...this.choice.read(),
            offset: 0,
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
        // A company that is not chosen at the top any more.
        if (!this.isSideBySide && !this.companies.some(({ id }) => id === Number(this.state.company))) {
            this.state.company = "";
        }
        onWillStart(async () => {
            this.channels = await this.orm.searchRead("oms.channel", [], ["name"]);
            await this.load();
        });
    }

    /** The reports, in groups: [label, [[code, label]]]. */
    get statements() {
        return [
            [
                _t("Statements"),
                [
                    ["income", _t("Income Statement")],
                    ["balance", _t("Balance Sheet")],
                    ["cash", _t("Cash Flow (direct)")],
                    ["cash_indirect", _t("Cash Flow (indirect)")],
                ],
            ],
            [
                _t("Ledger"),
                [
                    ["trial", _t("Trial Balance")],
                    ["ledger", _t("General Ledger")],
                ],
            ],
            [
                _t("Open Items"),
                [
                    ["receivable", _t("Aged Receivables")],
                    ["payable", _t("Aged Payables")],
                    ["cod", _t("COD Outstanding")],
                    ["marketplace", _t("Marketplace Balances")],
                ],
            ],
            [_t("Taxes"), [["vat", _t("VAT Recap")]]],
        ];
    }

    get isTrial() {
        return this.state.statement === "trial";
    }

    get isLedger() {
        return this.state.statement === "ledger";
    }

    get isAgeing() {
        return AGEINGS.includes(this.state.statement);
    }

    get isAsOf() {
        return this.isAgeing || this.state.statement === "balance";
    }

    /** Whether columns of other periods can stand beside the first one. */
    get canCompare() {
        return ["income", "balance", "cash", "cash_indirect"].includes(this.state.statement);
    }

    /** Several companies stand side by side where periods can, and are never added up. */
    get isSideBySide() {
        return this.state.company === "all" && this.companies.length > 1 && this.canCompare;
    }

    get companyId() {
        return Number(this.state.company) || user.activeCompany.id;
    }

    /** The chosen company is the current one of whatever is asked. */
    get context() {
        const others = this.companies.map(({ id }) => id).filter((id) => id !== this.companyId);
        return { allowed_company_ids: [this.companyId, ...others] };
    }

    call(model, method, args, kwargs = {}) {
        return this.orm.call(model, method, args, { ...kwargs, context: this.context });
    }

    /** The last day that counts; nothing has an age in the future. */
    get lastDay() {
        const { date_to } = this.state;
        const today = serializeDate(luxon.DateTime.now());
        return this.isAgeing && date_to > today ? today : date_to;
    }

    /** The arguments of oms.statement.get_table. */
    get options() {
        const { date_from, compare, periods, channel_id, account_id, draft } = this.state;
        const date_to = this.lastDay;
        if (this.canCompare) {
            const options = { date_from, date_to, compare, periods, channel_id, draft };
            return this.isSideBySide
                ? { ...options, channel_id: false, company_ids: this.companies.map(({ id }) => id) }
                : options;
        }
        if (this.isLedger) {
            return { account_id, date_from, date_to, draft };
        }
        return this.isTrial ? { date_from, date_to, draft } : { date_from, date_to };
    }

    async load() {
        const { statement, date_from, date_to } = this.state;
        this.choice.write(this.state);
        if (!date_from || !date_to || date_from > date_to) {
            this.state.failed = _t("The first day is after the last day. Choose another period.");
            return;
        }
        this.state.failed = "";
        if (this.isLedger && !this.state.account_id) {
            this.state.result = null;
            return;
        }
        const asked = this.asked;
        const result = await this.read(statement);
        // An answer that came late, after another choice, is not shown.
        if (asked === this.asked) {
            this.state.result = result;
        }
    }

    get asked() {
        return JSON.stringify([this.state.statement, this.options, this.state.offset, this.companyId]);
    }

    read(statement) {
        if (this.isTrial) {
            return this.call("oms.statement", "get_trial_balance", [], this.options);
        }
        if (this.isLedger) {
            const page = { offset: this.state.offset, limit: PAGE };
            return this.call("oms.statement", "get_ledger", [], { ...this.options, ...page });
        }
        return this.call("oms.statement", "get_statement", [statement], this.options);
    }

    set(values) {
        const reset = "statement" in values ? { result: null } : {};
        Object.assign(this.state, { offset: 0 }, values, reset);
        return this.load();
    }

    /** A record or a count that was chosen: a template has no numbers, only texts. */
    setNumber(name, text) {
        return this.set({ [name]: Number(text) || (name === "periods" ? 1 : false) });
    }

    /** Accounts and channels are those of a company. */
    setCompany(value) {
        const company = value === "all" ? value : Number(value);
        return this.set({ company, account_id: false, channel_id: false, result: null });
    }

    openLedger(account_id) {
        return this.set({ statement: "ledger", account_id });
    }

    // Table

    get headings() {
        if (this.isTrial) {
            return [_t("Opening"), _t("Debit"), _t("Credit"), _t("Closing")];
        }
        if (this.state.result.headings) {
            return this.state.result.headings;
        }
        return this.state.result.columns.map(({ date_from, date_to, company, currency_id }) => {
            const last = formatDate(deserializeDate(date_to));
            const days =
                this.state.statement === "balance"
                    ? last
                    : `${formatDate(deserializeDate(date_from))} – ${last}`;
            return company ? `${company} (${getCurrency(currency_id).name})\n${days}` : days;
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
                      name: `${account.code} ${account.name}`.trim(),
                      level: 3,
                      // A ledger is of one company.
                      ledger: !this.state.result.headings && !this.state.result.companies && account.id,
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
                ledger: row.id,
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

    get canUnfold() {
        return !this.isTrial && this.state.result.lines.some(({ accounts }) => accounts.length);
    }

    format(amount, column) {
        if (amount === null) {
            return "";
        }
        if (!amount) {
            return "–";
        }
        const text = formatMonetary(Math.abs(amount), {
            currencyId:
                this.state.result.columns?.[column]?.currency_id || this.state.result.currency_id,
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
            difference: difference.map((amount, column) => this.format(amount, column)).join(", "),
        });
    }

    get footnote() {
        const company = { company: this.state.result.company };
        if (this.isAgeing) {
            return _t(
                "%(company)s: booked up to that day less matched up to that day, in the company's currency. Credits that are not used yet stand in brackets.",
                company
            );
        }
        if (this.state.statement === "vat") {
            return _t(
                "%(company)s: tax items and the items they were computed on, by accounting date, credit notes deducted. To pay = output tax - input tax; overpaid in brackets.",
                company
            );
        }
        if (this.state.result.companies) {
            return _t(
                "%(company)s side by side: each in its own currency, not consolidated. Costs and money going out stand in brackets.",
                company
            );
        }
        return _t(
            "%(company)s: journal items by accounting date, in the company's currency. Costs and money going out stand in brackets.",
            company
        );
    }

    // General ledger

    get pager() {
        const { count, items } = this.state.result;
        const { offset } = this.state;
        return _t("%(first)s–%(last)s of %(count)s", {
            first: count ? offset + 1 : 0,
            last: offset + items.length,
            count,
        });
    }

    turn(pages) {
        return this.set({ offset: Math.max(this.state.offset + pages * PAGE, 0) });
    }

    get hasNext() {
        return this.state.offset + PAGE < this.state.result.count;
    }

    day(date) {
        return formatDate(deserializeDate(date));
    }

    openEntry(item) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "account.move",
            res_id: item.move_id,
            views: [[false, "form"]],
        });
    }

    openAccountItems() {
        const { account_id, date_from, date_to, draft } = this.state;
        return openRows(
            this.action,
            "account.move.line",
            [
                ["account_id", "=", account_id],
                ["parent_state", "in", draft ? ["posted", "draft"] : ["posted"]],
                ["company_id", "=", this.companyId],
                ["date", ">=", date_from],
                ["date", "<=", date_to],
            ],
            _t("Journal Items")
        );
    }

    // Drill-down: the journal items that add up to an amount

    async openAmount(row, column) {
        if (this.isTrial && !row.account_id) {
            return;
        }
        const { model, domain, context } = await this.call("oms.statement", "get_drill", [
            this.state.statement,
            row.code || "",
            column,
            this.accountOf(row, column) ?? false,
            this.options,
        ]);
        return openRows(this.action, model, domain, row.name, "list", context);
    }

    /** The account behind an amount; companies side by side have one each. */
    accountOf({ account_id, account_ids }, column) {
        const { columns, companies } = this.state.result;
        const place = companies?.findIndex(({ id }) => id === columns[column].company_id);
        return account_ids?.[place] || account_id;
    }

    // Paper and workbook

    get tableArguments() {
        return { statement: this.state.statement, unfold: this.anyUnfolded, ...this.options };
    }

    get anyUnfolded() {
        return !this.isTrial && !this.isLedger && Object.values(this.state.unfolded).some(Boolean);
    }

    print() {
        return this.action.doAction({
            type: "ir.actions.report",
            report_type: "qweb-pdf",
            report_name: "oms_reports.report_statement",
            report_file: "oms_reports.report_statement",
            data: { table: this.tableArguments },
            context: this.context,
        });
    }

    /** Keeps the report as it is; the period must be over and locked for that. */
    async saveFinal() {
        const day = this.lastDay;
        // The server says why a period that is not over is refused.
        const isOver = day < serializeDate(luxon.DateTime.now());
        if (!isOver || (await this.call("oms.statement.final", "is_locked", [day]))) {
            return this.keepFinal(false);
        }
        this.dialog.add(ConfirmationDialog, {
            title: _t("Save as final"),
            body: _t(
                "The books are open on %(day)s. Lock them up to that day, so that nobody can post into the period any more, and save the report?",
                { day: this.day(day) }
            ),
            confirmLabel: _t("Lock and save"),
            confirm: () => this.keepFinal(true),
            cancel: () => {},
        });
    }

    async keepFinal(lock) {
        const { statement, ...options } = this.tableArguments;
        const id = await this.call("oms.statement.final", "save_final", [statement, options], {
            lock,
        });
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "oms.statement.final",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    exportWorkbook() {
        return download({
            url: "/oms/statement.xlsx",
            data: {
                company_id: this.companyId,
                options: JSON.stringify(this.tableArguments),
            },
        });
    }
}

registry.category("actions").add("oms_reports.statement", OmsStatement);
