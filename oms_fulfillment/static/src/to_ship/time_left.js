import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

import { withoutSeconds } from "../moment";

const HOUR = 60;
const DAY = 24 * HOUR;
export const URGENT_MINUTES = 4 * HOUR;

/** "2 d 3 h", "1 h 20 m", "15 m": never more than two parts. */
export function span(minutes) {
    const all = Math.abs(Math.round(minutes));
    if (all >= DAY) {
        return _t("%(days)s d %(hours)s h", { days: Math.floor(all / DAY), hours: Math.floor((all % DAY) / HOUR) });
    }
    if (all >= HOUR) {
        return _t("%(hours)s h %(minutes)s m", { hours: Math.floor(all / HOUR), minutes: all % HOUR });
    }
    return _t("%(minutes)s m", { minutes: all });
}

/** Text and colour of a deadline: red when it is over or within hours, amber within the day. */
export function timeLeft(deadline, now = luxon.DateTime.now()) {
    const minutes = deadline.diff(now, "minutes").minutes;
    const text = minutes < 0 ? _t("%s late", span(minutes)) : _t("%s left", span(minutes));
    const tone = minutes < URGENT_MINUTES ? "danger" : minutes < DAY ? "warning" : "muted";
    return { text, tone, minutes };
}

/** A deadline as the time that is left, with the moment itself in the tooltip. */
export class TimeLeft extends Component {
    static template = "oms_fulfillment.TimeLeft";
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name];
    }

    get left() {
        return timeLeft(this.value);
    }

    get moment() {
        return withoutSeconds(this.value);
    }
}

registry.category("fields").add("oms_time_left", {
    component: TimeLeft,
    displayName: _t("Time left"),
    supportedTypes: ["datetime"],
});
