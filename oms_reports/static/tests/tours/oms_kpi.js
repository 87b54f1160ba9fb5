import { registry } from "@web/core/registry";

const card = (code) => `.o_oms_kpi_card[data-code=${code}]`;
const BACK = {
    trigger: ".o_back_button, .breadcrumb-item a:contains(Key Figures)",
    run: "click",
};

registry.category("web_tour.tours").add("oms_kpi", {
    steps: () => [
        { trigger: `${card("orders")} .o_oms_kpi_value:contains(2)` },
        { trigger: `${card("orders")} .o_oms_kpi_words:contains(Number of orders.)` },
        { trigger: `${card("orders")} .o_oms_kpi_value`, run: "click" },
        { trigger: ".o_list_view .o_data_row:nth-child(2)" },
        BACK,
        { trigger: "select[name=by]", run: "select channel" },
        { trigger: ".o_oms_kpi_matrix tr[data-code=orders] td:nth-child(3) button", run: "click" },
        { trigger: ".o_list_view .o_data_row" },
        BACK,
        { trigger: "select[name=area]", run: "select stages" },
        { trigger: `${card("stage_fulfillment_median")}:contains(2 open)` },
        { trigger: "select[name=area]", run: "select couriers" },
        { trigger: card("courier_on_time") },
        { trigger: "select[name=area]", run: "select operations" },
        { trigger: "select[name=channel]", run: "selectByIndex 1" },
        { trigger: `${card("orders")} .o_oms_kpi_value:contains(1)`, run: "click" },
        // what is chosen stands in the address
        { trigger: ".o_list_view .o_data_row", run: () => history.back() },
        { trigger: `${card("orders")} .o_oms_kpi_value:contains(1)` },
    ],
});
