import { registry } from "@web/core/registry";

const BACK = { trigger: ".o_back_button, .breadcrumb-item a:contains(Dashboard)", run: "click" };

registry.category("web_tour.tours").add("oms_dashboard", {
    steps: () => [
        { trigger: ".o_oms_stage[data-stage=fulfillment] .o_oms_count:contains(1)" },
        { trigger: ".o_oms_stage[data-stage=fulfillment] .o_oms_stage_open", run: "click" },
        { trigger: ".o_data_row, .o_kanban_record:not(.o_kanban_ghost)" },
        BACK,
        { trigger: ".o_oms_stage[data-stage=fulfillment] .o_oms_stage_late:contains(1)", run: "click" },
        { trigger: ".o_data_row, .o_kanban_record:not(.o_kanban_ghost)" },
        BACK,
        { trigger: ".o_oms_chart canvas" },
        { trigger: ".o_oms_tie.text-success .o_oms_tie_net", run: "click" },
        { trigger: ".o_data_row, .o_kanban_record:not(.o_kanban_ghost)" },
        BACK,
        { trigger: ".o_oms_tie .o_oms_tie_ledger", run: "click" },
        { trigger: ".o_data_row, .o_kanban_record:not(.o_kanban_ghost)" },
        BACK,
        { trigger: ".o_oms_prove:enabled", run: "click" },
        { trigger: ".o_oms_proof .text-success:contains(0)", run: "click" },
        { trigger: ".o_form_view .o_field_widget[name=violation_count]" },
    ],
});

registry.category("web_tour.tours").add("oms_dashboard_welcome", {
    steps: () => [
        { trigger: ".o_oms_welcome button:contains(Create a channel)", run: "click" },
        { trigger: ".o_control_panel .breadcrumb, .o_control_panel:contains(Channels)" },
    ],
});
