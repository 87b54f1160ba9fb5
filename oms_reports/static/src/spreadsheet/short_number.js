import { helpers, registries } from "@odoo/o-spreadsheet";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";

const { functionRegistry } = registries;
const { arg, isEvaluationError, toNumber, toString } = helpers;

const DIGITS = /(#,##)?0(\.0+)?/;
const UNIT_FORMATS = {
    percent: "#,##0.0[$%]",
    hours: () => `#,##0.0[$ ${_t("hrs")}]`,
    days: () => `#,##0.0[$ ${_t("days")}]`,
    units: "#,##0.0",
};

/**
 * What a language appends to a number of 1000^power: "M" for 2 in English, "\u00a0jt" in Indonesian.
 * Nothing where it does not count in thousands (Chinese: 100万).
 */
export function scaleWord(power, lang = user.lang) {
    const parts = new Intl.NumberFormat(lang, { notation: "compact" }).formatToParts(1000 ** power);
    const digits = parts.findIndex((part) => part.type === "integer");
    if (parts[digits]?.value !== "1" || !parts.some((part) => part.type === "compact")) {
        return "";
    }
    return parts
        .slice(digits + 1)
        .map((part) => part.value)
        .join("");
}

/**
 * The format of an amount or a number with the currency that it has: from 100,000 on in short, in
 * the words of the reader's language. o-spreadsheet's own would write "m" for a million, which an
 * Indonesian reads as a milliard.
 */
export function shortFormat(value, format = "#,##0", lang = user.lang) {
    const size = Math.abs(value);
    const power = size < 1e5 ? 0 : Math.min(Math.floor(Math.log10(size) / 3), 4);
    const word = power && scaleWord(power, lang);
    if (word) {
        const decimals = size / 1000 ** power < 100 ? ".0" : "";
        return format.replace(DIGITS, `#,##0${decimals}${",".repeat(power)}[$${word}]`);
    }
    return Number.isInteger(value) || size >= 1000 ? format.replace(DIGITS, "#,##0") : format;
}

/** Amounts of companies with different currencies have no sum, and what is made of them is none. */
function haveSeveralCurrencies() {
    return new Set(user.activeCompanies.map((company) => company.currency_id)).size > 1;
}

functionRegistry.add("ODOO.OMS.SHORT", {
    description: _t("A figure of a tile, in the words of the reader's language."),
    args: [
        arg("value (number)", _t("The figure.")),
        arg("unit (string, optional)", _t("count, money, percent, hours, days or units")),
    ],
    category: "Odoo",
    returns: ["NUMBER"],
    compute: function (value, unit) {
        if (isEvaluationError(value?.value)) {
            return value;
        }
        const format = UNIT_FORMATS[toString(unit)];
        const nothing = value?.value === "" || (value?.value ?? null) === null;
        const sumless = toString(unit) === "money" && haveSeveralCurrencies();
        if (value?.value === "–" || (format && nothing) || sumless) {
            return { value: "–" };
        }
        const number = nothing ? 0 : toNumber(value, this.locale);
        if (format) {
            return { value: number, format: typeof format === "string" ? format : format() };
        }
        // The sum of no rows has no format of its own.
        const money = toString(unit) === "money" && this.getters.getCompanyCurrencyFormat();
        return { value: number, format: shortFormat(number, value.format || money || undefined) };
    },
});

functionRegistry.add("ODOO.OMS.BEFORE", {
    description: _t("The figure of the period before; nothing where there is no period before."),
    args: [arg("value (number)", _t("The figure of the period before."))],
    category: "Odoo",
    returns: ["NUMBER"],
    compute: function (value) {
        if (isEvaluationError(value?.value)) {
            return value;
        }
        const period = this.getters.getGlobalFilters().find((filter) => filter.type === "date");
        const chosen = period && this.getters.getGlobalFilterValue(period.id);
        // Days that the reader chose, or all time, have no period before: Odoo would compare the
        // period with itself.
        const comparable = !period || (chosen && chosen.type !== "range");
        return comparable && value?.value ? value : { value: "" };
    },
});
