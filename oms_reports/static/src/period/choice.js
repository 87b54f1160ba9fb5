import { router } from "@web/core/browser/router";

import { presetDates } from "./presets";

/**
 * What is chosen on a report stands in its address, so that the browser's "back", reloading and a
 * bookmark keep it. What nobody changed is not in there: the address stays short, and a bookmark
 * of "this month" is always about the month that is running.
 */
export class Choice {
    /**
     * @param {Object} props of the client action
     * @param {Object} defaults every choice and its value at the beginning; their type tells how
     *  to read the text in the address (false: the id of a record)
     */
    constructor(props, defaults) {
        this.props = props;
        this.defaults = defaults;
        this.written = new Set();
    }

    /** The choices at the beginning: the defaults, and what the address says. */
    read() {
        const { path, id } = this.props.action;
        const chosen = { ...this.defaults };
        if ([path, id].includes(router.current.action)) {
            for (const [name, value] of Object.entries(this.defaults)) {
                const text = router.current[name];
                if (text !== undefined && text !== "") {
                    chosen[name] = typeof value === "string" ? String(text) : Number(text) || value;
                }
            }
        }
        return { ...chosen, ...presetDates(chosen.preset) };
    }

    /** Writes what differs from the beginning into the address. */
    write(state) {
        const changed = Object.keys(this.defaults).filter(
            (name) => this.written.has(name) || this.differs(state, name)
        );
        changed.forEach((name) => this.written.add(name));
        this.props.updateActionState?.(
            Object.fromEntries(changed.map((name) => [name, state[name] || ""]))
        );
    }

    differs(state, name) {
        const isDay = name === "date_from" || name === "date_to";
        return isDay ? state.preset === "custom" : state[name] !== this.defaults[name];
    }
}
