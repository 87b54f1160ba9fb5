import { registry } from "@web/core/registry";

const report = (code) => `.o_oms_analysis_table[data-report=${code}]`;
const part = (name) => `.o_oms_analysis_explain tr[data-part=${name}]`;

registry.category("web_tour.tours").add("oms_analysis", {
    steps: () => [
        { trigger: "select[name=code]", run: "select demand_forecast" },
        { trigger: `${report("demand_forecast")} tr[data-row=all] td:nth-of-type(4) button`, run: "click" },
        { trigger: ".o_oms_analysis_explain:contains(Mean of the last 4 weeks)" },
        { trigger: `${part("weeks")} button`, run: "click" },
        { trigger: ".o_list_view .o_group_header" },
        { trigger: ".o_back_button, .breadcrumb-item a:contains(Analyses)", run: "click" },
        { trigger: "select[name=code]", run: "select stock_cover" },
        { trigger: `${report("stock_cover")} tr:first-child td:last-child button`, run: "click" },
        { trigger: `${part("lead")}:not(:has(button))` },
        { trigger: `${part("ordered")} button`, run: "click" },
        { trigger: ".o_list_view .o_group_header" },
        { trigger: ".o_back_button, .breadcrumb-item a:contains(Analyses)", run: "click" },
        { trigger: "select[name=code]", run: "select integrity" },
        { trigger: `${report("integrity")} tr[data-row=I4b] td:nth-of-type(1) button`, run: "click" },
        { trigger: ".o_oms_analysis_explain:contains(must be of one order)" },
        { trigger: `${part("actual")} button`, run: "click" },
        { trigger: ".o_view_nocontent_smiling_face:contains(as it should be)" },
        { trigger: ".o_back_button, .breadcrumb-item a:contains(Analyses)", run: "click" },
        { trigger: "select[name=code]", run: "select integrity" },
        { trigger: `${report("integrity")} tr[data-row=I11] td:nth-of-type(2) button`, run: "click" },
        // nothing is opened, and nothing is made up
        { trigger: ".o_list_view:has(.o_view_nocontent):not(:has(.o_view_sample_data))" },
    ],
});

registry.category("web_tour.tours").add("oms_analysis_start", {
    steps: () => [
        { trigger: "select[name=code]", run: "select cohorts" },
        { trigger: ".o_oms_start[data-step=orders] button", run: "click" },
        { trigger: ".modal .o_form_view" },
    ],
});
