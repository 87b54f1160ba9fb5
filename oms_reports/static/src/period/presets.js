import { serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

const { DateTime } = luxon;

/** Periods that people ask for, as [code, label, unit, how many units ago]. */
export const PRESETS = [
    ["this_month", _t("This month"), "month", 0],
    ["last_month", _t("Last month"), "month", 1],
    ["this_quarter", _t("This quarter"), "quarter", 0],
    ["last_quarter", _t("Last quarter"), "quarter", 1],
    ["this_year", _t("This year"), "year", 0],
    ["last_year", _t("Last year"), "year", 1],
];

/** First and last day of a preset, as YYYY-MM-DD; nothing changes for one that is not known. */
export function presetDates(code) {
    const preset = PRESETS.find(([known]) => known === code);
    if (!preset) {
        return {};
    }
    const [, , unit, ago] = preset;
    const day = DateTime.now().minus({ [unit]: ago });
    return {
        date_from: serializeDate(day.startOf(unit)),
        date_to: serializeDate(day.endOf(unit)),
    };
}
