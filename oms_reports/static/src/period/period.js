import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";

import { Component } from "@odoo/owl";

import { PRESETS, presetDates } from "./presets";

/** Choose a period: one that people ask for, or days of one's own, as the user's language writes them. */
export class OmsPeriod extends Component {
    static template = "oms_reports.Period";
    static components = { DateTimeInput };
    static props = {
        preset: String,
        from: String,
        to: String,
        // Only the last day counts.
        asOf: { type: Boolean, optional: true },
        onChange: Function,
    };
    static defaultProps = { asOf: false };

    setup() {
        this.presets = PRESETS;
    }

    get from() {
        return deserializeDate(this.props.from);
    }

    get to() {
        return deserializeDate(this.props.to);
    }

    setPreset(preset) {
        return this.props.onChange({ preset, ...presetDates(preset) });
    }

    setFrom(day) {
        if (day && serializeDate(day) !== this.props.from) {
            this.props.onChange({ preset: "custom", date_from: serializeDate(day) });
        }
    }

    setTo(day) {
        if (!day || serializeDate(day) === this.props.to) {
            return;
        }
        const date_to = serializeDate(day);
        // The first day is not shown where only the last one counts.
        const before = this.props.asOf && date_to < this.props.from;
        this.props.onChange({ preset: "custom", date_to, ...(before ? { date_from: date_to } : {}) });
    }
}
