import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/views/fields/formatters";

import { age, money } from "../dashboard/format";

const digits = (value, count) => formatFloat(value, { digits: [16, count], trailingZeros: false });

/** A key figure in its unit; a dash where nothing can be said. */
export function figureText(value, figure) {
    if (value === null || value === undefined) {
        return "–";
    }
    switch (figure.unit) {
        case "percent":
            return `${digits(value, 1)}%`;
        case "hours":
            return age(value);
        case "minutes":
            return age(value / 60);
        case "days":
            return _t("%(days)s d", { days: digits(value, 1) });
        case "money":
            return money(value, figure.currency_id);
        case "count":
            return digits(value, 0);
        default:
            return digits(value, 1);
    }
}
