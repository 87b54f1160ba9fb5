import { registry } from "@web/core/registry";

const row = (number) => `.o_data_row:contains(${number})`;

registry.category("web_tour.tours").add("oms_inbox", {
    steps: () => [
        // the form: raw beside parsed
        { trigger: `${row("T1")} .o_data_cell[name=external_id]`, run: "click" },
        { trigger: ".o_field_widget[name=preview]:contains(Not mapped)" },
        { trigger: ".o_field_widget[name=payload_text] textarea" },
        { trigger: ".o_back_button, .breadcrumb-item a", run: "click" },
        // one mapping, suggested by its name, releases both orders
        { trigger: `${row("T1")} button[name=action_map_sku]`, run: "click" },
        { trigger: ".modal .o_data_row:contains(topi merah):contains(CAP-RED)" },
        { trigger: ".modal button[name=action_map]", run: "click" },
        { trigger: `body:not(:has(.modal)):not(:has(${row("T2")})) ${row("T3")}` },
        { trigger: `${row("T3")} button[name=action_fix_address]`, run: "click" },
        { trigger: ".modal .o_field_widget[name=name] input", run: "edit Ibu Budi" },
        { trigger: ".modal button[name=action_save]", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_view_nocontent" },
    ],
});
