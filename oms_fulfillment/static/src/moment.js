import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { localization } from "@web/core/l10n/localization";

/** A DateTime as the user's language writes it, without seconds. */
export function withoutSeconds(time) {
    return formatDateTime(time, { format: localization.dateTimeFormat.replace(":ss", "") });
}

/** A moment of the server as the user's language writes it, without seconds. */
export function moment(at) {
    return withoutSeconds(deserializeDateTime(at));
}
