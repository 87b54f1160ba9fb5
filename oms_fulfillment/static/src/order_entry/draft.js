import { _t } from "@web/core/l10n/translation";

export const PARTS = ["name", "phone", "street", "village", "district", "city", "province", "postal_code"];

/** "3*MUG" or "3 x MUG": how many, and of what. */
export function readQuantity(text) {
    const match = /^(\d{1,5})\s*[*x×]\s*(\S.*)$/i.exec(text.trim());
    return match ? { quantity: Number(match[1]), text: match[2] } : { quantity: 1, text };
}

/** Digits make a telephone number, an @ an e-mail address, the rest is a name. */
export function readCustomer(text) {
    const customer = { name: "", phone: "", email: "" };
    if (text.includes("@")) {
        customer.email = text;
    } else if (/^[+(]?[\d\s().-]{6,}$/.test(text)) {
        customer.phone = text;
    } else {
        customer.name = text;
    }
    return customer;
}

/**
 * The number under which the draft is saved, made once: a lost answer and a second click never
 * make a second order. Date and time, so people can read it, and a random end.
 */
export function makeNumber(now = luxon.DateTime.now()) {
    const end = Math.random().toString(36).slice(2, 6).toUpperCase().padEnd(4, "0");
    return `${now.toFormat("yyMMdd-HHmmss")}-${end}`;
}

export function emptyDraft(channel) {
    return {
        number: makeNumber(),
        started_at: luxon.DateTime.utc().startOf("second").toISO({ suppressMilliseconds: true }),
        partner: null,
        customer: null,
        addressId: 0,
        address: Object.fromEntries(PARTS.map((part) => [part, ""])),
        pickUp: Boolean(channel?.pick_up),
        lines: [],
        policy: policies(channel)[0].value,
        paid: false,
        cod: null,
        shipping: 0,
        discount: 0,
        note: "",
    };
}

/** How one may pay on a channel, its own way first. */
export function policies(channel) {
    const labels = {
        prepaid: _t("Prepaid (transfer)"),
        cod: _t("Cash on delivery (COD)"),
        on_acceptance: _t("On acceptance"),
        terms: _t("Payment terms"),
        escrow: _t("Held by the marketplace"),
    };
    const own = channel?.payment_policy || "prepaid";
    const names = new Set([own, "prepaid", "cod", own === "on_acceptance" ? own : "terms"]);
    return [...names].map((value) => ({ value, label: labels[value] }));
}

/** What the server is sent, for a price as well as for saving. */
export function asRequest(draft, channelId, total) {
    return {
        channel_id: channelId,
        number: draft.number,
        started_at: draft.started_at,
        partner_id: draft.partner?.id || false,
        customer: draft.partner || draft.customer || {},
        address_id: draft.pickUp ? false : draft.addressId || false,
        address: draft.address,
        pick_up: draft.pickUp,
        lines: draft.lines.map(({ product, quantity, price }) => ({
            product_id: product.id,
            quantity,
            price,
        })),
        policy: draft.policy,
        paid: draft.policy === "prepaid" && draft.paid,
        cod_amount: draft.policy === "cod" ? (draft.cod ?? total) : 0,
        shipping: draft.shipping,
        discount: draft.discount,
        note: draft.note,
    };
}
