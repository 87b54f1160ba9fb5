import { useDebounced } from "@web/core/utils/timing";

import { Component, onMounted, useRef, useState } from "@odoo/owl";

/**
 * A text field that finds records as one types. Arrows move, Enter takes the marked one; Enter on
 * an empty field goes on to what comes next.
 */
export class Lookup extends Component {
    static template = "oms_fulfillment.Lookup";
    static props = {
        label: String,
        placeholder: String,
        name: String,
        hotkey: { type: String, optional: true },
        focusKey: { type: Number, optional: true },
        search: Function,
        onSelect: Function,
        onMissing: Function,
        onSkip: { type: Function, optional: true },
        slots: Object,
    };

    setup() {
        this.input = useRef("input");
        this.calls = 0;
        this.state = useState({ text: "", asked: "", results: [], index: 0 });
        this.searchSoon = useDebounced(() => this.search(), 200);
        onMounted(() => this.props.focusKey && this.input.el.focus());
    }

    focus() {
        this.input.el.focus();
    }

    onInput(ev) {
        this.state.text = ev.target.value;
        this.searchSoon();
    }

    /** Ask for what the field says now; only the answer to the latest question is shown. */
    async search() {
        const text = this.state.text.trim();
        const call = ++this.calls;
        const results = await this.props.search(text);
        if (call === this.calls) {
            Object.assign(this.state, { results, asked: text, index: 0 });
        }
        return results;
    }

    clear() {
        this.searchSoon.cancel();
        this.calls++;
        Object.assign(this.state, { text: "", asked: "", results: [], index: 0 });
    }

    async onKeydown(ev) {
        const { results, index } = this.state;
        if (ev.key === "Enter" && !ev.ctrlKey) {
            ev.preventDefault();
            await this.take();
        } else if (ev.key === "ArrowDown" && results.length) {
            ev.preventDefault();
            this.state.index = Math.min(index + 1, results.length - 1);
        } else if (ev.key === "ArrowUp" && results.length) {
            ev.preventDefault();
            this.state.index = Math.max(index - 1, 0);
        } else if (ev.key === "Escape" && this.state.text) {
            ev.stopPropagation();
            this.clear();
        }
    }

    /** A scanner sends its Enter before anything could be looked up: ask now, then take. */
    async take() {
        const text = this.state.text.trim();
        if (!text) {
            return this.props.onSkip?.();
        }
        const known = this.state.asked === text && this.state.results[this.state.index];
        this.select(known || (await this.search())[0], text);
    }

    select(found, text) {
        this.clear();
        return found ? this.props.onSelect(found, text) : this.props.onMissing(text);
    }
}
