import { formatCurrency } from "@web/core/currency";
import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";

/** The amount in full, below zero in brackets: a figure must be readable against the ledger. */
export function money(amount, currencyId) {
    const text = formatCurrency(Math.abs(amount), currencyId, { trailingZeros: false });
    return amount < 0 ? `(${text})` : text;
}

/** Amounts of several currencies have no sum: they are shown one after the other. */
export function moneyList(values) {
    return values.map(({ amount, currency_id }) => money(amount, currency_id)).join(" + ");
}

/** Short numbers as the user's language writes them ("12 jt" in Indonesian, "12M" in English). */
export function compact(amount) {
    return new Intl.NumberFormat(user.lang, {
        notation: "compact",
        maximumFractionDigits: 1,
    }).format(amount);
}

/** Age in the two units that matter: "3 d 4 h", "5 h 10 min", "12 min". */
export function age(hours) {
    const minutes = Math.max(0, Math.round(hours * 60));
    const days = Math.floor(minutes / 1440);
    const rest = Math.floor((minutes % 1440) / 60);
    if (days) {
        return _t("%(days)s d %(hours)s h", { days, hours: rest });
    }
    if (rest) {
        return _t("%(hours)s h %(minutes)s min", { hours: rest, minutes: minutes % 60 });
    }
    return _t("%(minutes)s min", { minutes });
}

export function monthName(since, format = "LLL yyyy") {
    return deserializeDate(since).toFormat(format);
}

/** Change against a base, e.g. "+12%"; empty where the base is none, or too small to mean much. */
export function change(now, before) {
    if (!(before > 0) || now > 4 * before) {
        return "";
    }
    return new Intl.NumberFormat(user.lang, {
        style: "percent",
        signDisplay: "exceptZero",
        maximumFractionDigits: 0,
    }).format((now - before) / before);
}
