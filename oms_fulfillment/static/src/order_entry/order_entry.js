import { formatCurrency } from "@web/core/currency";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { deserializeDateTime, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component, onPatched, onWillStart, useRef, useState } from "@odoo/owl";

import { asRequest, emptyDraft, policies, readCustomer, readQuantity } from "./draft";
import { Lookup } from "./lookup";

const MODEL = "oms.order.entry";
const EMPTY_QUOTE = { lines: [], goods: 0, tax: 0, total: 0 };

/** Enter a telephone or counter order without the mouse: customer, products, payment, saved. */
export class OrderEntry extends Component {
    static template = "oms_fulfillment.OrderEntry";
    static components = { Layout, Lookup };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.root = useRef("root");
        this.quoteCalls = 0;
        this.display = { controlPanel: {} };
        this.state = useState({
            channels: null,
            channelId: false,
            draft: emptyDraft(),
            quote: EMPTY_QUOTE,
            quoting: false,
            round: 1,
            busy: false,
            errors: [],
            saved: null,
        });
        const quoteSoon = useDebounced(() => this.quote(), 250);
        this.quoteSoon = () => {
            this.state.quoting = true;
            quoteSoon();
        };
        this.dropQuote = () => {
            this.quoteCalls++;
            this.state.quoting = false;
            quoteSoon.cancel();
        };
        for (const name of ["findCustomers", "findProducts", "takeCustomer", "newCustomer", "addProduct"]) {
            this[name] = this[name].bind(this);
        }
        this.unknownProduct = this.unknownProduct.bind(this);
        this.toPayment = this.toPayment.bind(this);
        onPatched(() => this.tryFocus());
        useHotkey("control+enter", () => this.save(), { bypassEditableProtection: true });
        onWillStart(async () => {
            Object.assign(this.state, await this.orm.call(MODEL, "start", []));
            this.chooseChannel(this.state.channels[0]?.id);
        });
    }

    get draft() {
        return this.state.draft;
    }

    get channel() {
        return this.state.channels.find((channel) => channel.id === this.state.channelId);
    }

    get policies() {
        return policies(this.channel);
    }

    get promise() {
        const { ship_by, arrival } = this.state.quote;
        return ship_by && { ship_by: this.day(ship_by), arrival: this.day(arrival) };
    }

    get newAddress() {
        return !this.draft.pickUp && !this.draft.addressId && (this.draft.partner || this.draft.customer);
    }

    money(amount) {
        return formatCurrency(amount, this.channel?.currency_id, { trailingZeros: false });
    }

    day(moment) {
        return formatDate(deserializeDateTime(moment));
    }

    chooseChannel(channelId) {
        this.state.channelId = channelId;
        this.draft.policy = this.policies[0].value;
        this.draft.pickUp = Boolean(this.channel?.pick_up);
        this.quoteSoon();
    }

    // Customer

    findCustomers(text) {
        return this.orm.call(MODEL, "find_customers", [this.state.channelId, text]);
    }

    takeCustomer(partner) {
        const recipient = { name: partner.name, phone: partner.phone };
        Object.assign(this.draft, { partner, customer: null });
        this.draft.addressId = partner.addresses[0]?.id || 0;
        Object.assign(this.draft.address, recipient);
        this.quoteSoon();
        this.focus(this.draft.addressId ? "product" : "street");
    }

    newCustomer(text) {
        Object.assign(this.draft, { partner: null, customer: readCustomer(text), addressId: 0 });
        this.focus(this.draft.customer.name ? "customer_phone" : "customer_name");
    }

    forgetCustomer() {
        Object.assign(this.draft, { partner: null, customer: null, addressId: 0 });
        this.focus("customer");
    }

    chooseAddress(id) {
        this.draft.addressId = id;
        if (!id) {
            this.focus("street");
        }
    }

    // Products

    findProducts(text) {
        return this.orm.call(MODEL, "find_products", [this.state.channelId, readQuantity(text).text]);
    }

    addProduct(product, text) {
        const { quantity } = readQuantity(text);
        const line = this.draft.lines.find((known) => known.product.id === product.id);
        if (line) {
            line.quantity += quantity;
        } else {
            this.draft.lines.push({ product, quantity, price: null });
        }
        this.state.errors = [];
        this.quoteSoon();
    }

    unknownProduct(text) {
        this.state.errors = [
            { message: _t("No product has the SKU, barcode or name %s.", readQuantity(text).text) },
        ];
    }

    removeLine(index) {
        this.draft.lines.splice(index, 1);
        this.quoteSoon();
        this.focus("product");
    }

    setNumber(target, name, ev) {
        const value = parseFloat(ev.target.value);
        target[name] = Number.isFinite(value) && value >= 0 ? value : 0;
        this.quoteSoon();
    }

    /** What is known of the stock for a line: the server's word, else what the search showed. */
    stockOf({ quote, product, quantity }) {
        const { available, receipt } = product;
        return quote || { available, receipt, short: available !== null && quantity > available };
    }

    /** "12 in stock", "2 of 5 in stock, more on 25/11/2026", "out of stock". */
    stockText({ available, short, receipt }, quantity) {
        if (available === null || available === undefined) {
            return "";
        }
        const values = { available, quantity, day: receipt && this.day(receipt) };
        if (receipt) {
            return _t("none left, more on %(day)s", values);
        }
        if (short && available > 0) {
            return _t("%(available)s of %(quantity)s in stock", values);
        }
        return available > 0 ? _t("%(available)s in stock", values) : _t("out of stock");
    }

    async quote() {
        if (!this.state.channelId) {
            return;
        }
        const lines = this.draft.lines.filter((line) => line.quantity > 0);
        const request = { ...asRequest(this.draft, this.state.channelId), lines: [] };
        request.lines = lines.map(({ product, quantity, price }) => ({
            product_id: product.id,
            quantity,
            price,
        }));
        const call = ++this.quoteCalls;
        const quote = await this.orm.call(MODEL, "quote", [request]);
        if (call === this.quoteCalls) {
            lines.forEach((line, index) => (line.quote = quote.lines[index]));
            this.state.quote = quote;
            this.state.quoting = false;
        }
        return quote;
    }

    // Keyboard

    toPayment() {
        this.focus("policy");
    }

    /** Focus a field, also one that the next rendering brings. */
    focus(name) {
        this.wanted = name;
        this.tryFocus();
    }

    tryFocus() {
        const field = this.wanted && this.root.el?.querySelector(`[name="${this.wanted}"]`);
        if (field) {
            this.wanted = null;
            field.focus();
        }
    }

    /** Enter goes to the next field, as on paper. */
    onEnter(ev, next) {
        if (ev.key === "Enter" && !ev.ctrlKey) {
            ev.preventDefault();
            this.focus(next);
        }
    }

    // Saving

    async save() {
        if (this.state.busy || !this.state.channelId) {
            return;
        }
        this.state.busy = true;
        try {
            const { total } = await this.quote();
            const request = asRequest(this.draft, this.state.channelId, total);
            const answer = await this.orm.call(MODEL, "save", [request]);
            this.state.errors = answer.errors;
            if (answer.id) {
                this.state.saved = answer;
                this.reset();
            }
        } finally {
            this.state.busy = false;
        }
    }

    reset() {
        this.state.draft = emptyDraft(this.channel);
        this.dropQuote();
        this.state.quote = EMPTY_QUOTE;
        this.state.errors = [];
        this.state.round += 1;
    }

    openSaved() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "sale.order",
            res_id: this.state.saved.id,
            views: [[false, "form"]],
        });
    }

    openChannels() {
        return this.action.doAction("oms_fulfillment.action_oms_channel");
    }
}

registry.category("actions").add("oms_fulfillment.order_entry", OrderEntry);
