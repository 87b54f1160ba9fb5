import { registry } from "@web/core/registry";

const TABLE = ".o_oms_statement_table";

registry.category("web_tour.tours").add("oms_statement_companies", {
    steps: () => [
        { trigger: `${TABLE}[data-statement=income] thead th:nth-child(2):last-child` },
        // another company without changing the ones at the top
        { trigger: "select[name=company]", run: "selectByLabel Abroad Inc." },
        { trigger: `${TABLE} tr[data-line=net_profit] td:contains(50.25)` },
        { trigger: "select[name=company]", run: "select all" },
        { trigger: `${TABLE} thead th:nth-child(3):contains(Abroad Inc. (USD))` },
        { trigger: "body:not(:has(.o_oms_statement_final))" },
        { trigger: `${TABLE} tr[data-line=net_profit] td:nth-child(3) button:contains(50.25)`, run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(50.25)" },
        { trigger: ".o_back_button, .breadcrumb-item a:contains(Financial Statements)", run: "click" },
        // a ledger is of one company
        { trigger: `${TABLE} thead th:nth-child(3)` },
        { trigger: "select[name=statement]", run: "select trial" },
        { trigger: `${TABLE}[data-statement=trial] tr[data-line=total]` },
        { trigger: "select[name=company]:not(:has(option[value=all]))" },
        { trigger: "select[name=company]", run: "selectByLabel Abroad Inc." },
        { trigger: `${TABLE}[data-statement=trial] tr:contains(Sales abroad) td:contains(50.25) button`, run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(50.25)" },
    ],
});

// An account that two companies have under one code and name: one row, and each opens its own.
registry.category("web_tour.tours").add("oms_statement_companies_account", {
    steps: () => [
        { trigger: "select[name=company]", run: "select all" },
        { trigger: `${TABLE} thead th:nth-child(3)` },
        { trigger: ".o_oms_statement_fold", run: "click" },
        { trigger: `${TABLE}:not(:has(.o_oms_statement_ledger)) tr:contains(100,000):contains(50.25) td:nth-child(3) button:contains(50.25)` },
        { trigger: `${TABLE} tr[data-line^="sales-"] td:nth-child(3) button:contains(50.25)`, run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(50.25)" },
    ],
});

registry.category("web_tour.tours").add("oms_analysis_companies", {
    steps: () => [
        { trigger: "select[name=code]", run: "select cash_tied" },
        { trigger: ".o_oms_analysis_table[data-report=cash_tied]" },
        { trigger: ".o_oms_analysis_company:contains(PT Contoh)" },
        { trigger: "select[name=company]", run: "selectByLabel Abroad Inc." },
        { trigger: ".o_oms_analysis_company:contains(Abroad Inc.)" },
        { trigger: ".o_oms_analysis_table[data-report=cash_tied] td:contains($)" },
    ],
});
