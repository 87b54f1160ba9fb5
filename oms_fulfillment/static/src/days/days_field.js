import { registry } from "@web/core/registry";
import { capitalize } from "@web/core/utils/strings";
import { RemainingDaysField, remainingDaysField } from "@web/views/fields/remaining_days/remaining_days_field";

/** A date in days from today: "In 7 days", where Odoo's own field says "Next month" at the end of one. */
export class DaysField extends RemainingDaysField {
    get diffString() {
        const days = this.diffDays;
        if (days === null || Math.abs(days) > 99) {
            return super.diffString;
        }
        return capitalize(this.props.record.data[this.props.name].toRelativeCalendar({ unit: "days" }));
    }
}

registry.category("fields").add("oms_days", { ...remainingDaysField, component: DaysField });
