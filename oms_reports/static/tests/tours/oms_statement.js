import { registry } from "@web/core/registry";

const TABLE = ".o_oms_statement_table";

registry.category("web_tour.tours").add("oms_statement", {
    steps: () => [
        { trigger: `${TABLE}[data-statement=income] tr[data-line=net_profit] td:contains(93)` },
        { trigger: ".o_oms_statement_fold:contains(Unfold all)", run: "click" },
        { trigger: `${TABLE} tr:contains(Sales of goods)` },
        { trigger: "select[name=compare]", run: "select year" },
        { trigger: `${TABLE} thead th:nth-child(3)` },
        { trigger: "input[name=periods]", run: "edit 2 && press Enter" },
        { trigger: `${TABLE} thead th:nth-child(4)` },
        // a day is typed as the user's language writes it
        { trigger: ".o_oms_day[data-day=to] input", run: `edit 12/30/${new Date().getFullYear()} && press Enter` },
        { trigger: "select[name=preset]:value(custom)" },
        { trigger: `${TABLE} tr[data-line=sales] td:nth-child(2) button`, run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(100,000)" },
        { trigger: ".o_back_button, .breadcrumb-item a:contains(Financial Statements)", run: "click" },
        // what was chosen and unfolded is still there
        { trigger: `${TABLE} thead th:nth-child(4)` },
        { trigger: `${TABLE} tr:contains(Sales of goods)` },
        { trigger: "select[name=statement]", run: "select balance" },
        { trigger: `${TABLE}[data-statement=balance] tr[data-line=earnings_now] td:contains(93)` },
        { trigger: "select[name=statement]", run: "select trial" },
        { trigger: `${TABLE}[data-statement=trial] tr[data-line=total]` },
        // an account's name opens its ledger
        { trigger: ".o_oms_statement_ledger:contains(Sales of goods)", run: "click" },
        { trigger: `${TABLE}[data-statement=ledger] tbody tr:nth-child(2) td:last-child:contains(100,000)` },
        { trigger: "select[name=statement]", run: "select receivable" },
        { trigger: `${TABLE}[data-statement=receivable] tr[data-line=total] td:last-child button`, run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(100,000)", run: () => history.back() },
        { trigger: `${TABLE}[data-statement=receivable]` },
        { trigger: "select[name=statement]", run: "select vat" },
        { trigger: `${TABLE}[data-statement=vat] tr[data-line=movement]` },
    ],
});
