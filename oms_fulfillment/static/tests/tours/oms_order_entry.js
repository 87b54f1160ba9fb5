import { registry } from "@web/core/registry";

const type = (name, text) => [
    { trigger: `.o_oms_entry [name=${name}]:focus`, run: `edit ${text}` },
    { trigger: `.o_oms_entry [name=${name}]`, run: "press Enter" },
];
const SAVE = [
    { trigger: ".o_oms_save:enabled" },
    { trigger: ".o_oms_entry [name=note]", run: "press Control+Enter" },
    { trigger: ".o_oms_saved" },
    { trigger: ".o_oms_entry [name=customer]:focus" },
];

registry.category("web_tour.tours").add("oms_order_entry", {
    steps: () => [
        ...type("customer", "0812 0000 1111"),
        { trigger: ".o_oms_customer:contains(Siti Rahma)" },
        { trigger: ".o_oms_addresses input[type=radio]:checked" },
        { trigger: ".o_oms_entry [name=product]:focus", run: "edit mug" },
        { trigger: ".o_oms_results .active:contains(10 in stock)" },
        { trigger: ".o_oms_entry [name=product]", run: "press Enter" },
        ...type("product", "2*MUG"),
        { trigger: ".o_oms_line:contains(MUG) [name=quantity]:value(3)" },
        ...type("product", "RARE"),
        { trigger: ".o_oms_line:contains(RARE) .o_oms_stock.text-warning:contains(out of stock)" },
        { trigger: ".o_oms_promise" },
        { trigger: ".o_oms_total:contains(200,000)" },
        { trigger: ".o_oms_entry [name=product]", run: "press Enter" },
        { trigger: ".o_oms_entry [name=policy]:focus" },
        ...SAVE,
    ],
});

registry.category("web_tour.tours").add("oms_order_entry_new", {
    steps: () => [
        ...type("customer", "085711112222"),
        ...type("customer_name", "Rina"),
        ...type("street", "Jl. Anggrek 3"),
        ...type("district", "Gubeng"),
        ...type("city", "Surabaya"),
        ...type("province", "Jawa Timur"),
        ...type("postal_code", "60281"),
        ...type("product", "MUG"),
        { trigger: ".o_oms_line" },
        { trigger: ".o_oms_entry [name=policy]", run: "select cod" },
        { trigger: ".o_oms_entry [name=shipping]", run: "edit 9000 && press Tab" },
        { trigger: ".o_oms_total:contains(59,000)" },
        ...SAVE,
    ],
});
