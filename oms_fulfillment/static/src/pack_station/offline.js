/**
 * Count a unit while the server can't be reached, on what the last screen said. Only plain codes
 * are judged here; everything else waits for the server, whose word is final.
 *
 * @returns {"ok" | "surplus" | "kept"}
 */
export function countOffline(screen, code) {
    if (screen.screen !== "pack" || code.toUpperCase().startsWith("OMS-")) {
        return "kept";
    }
    const line = screen.lines.find((one) => code in one.codes);
    if (!line) {
        return "kept";
    }
    const units = line.codes[code];
    if (line.done + units > line.quantity) {
        return "surplus";
    }
    line.done += units;
    screen.progress.done += units;
    screen.next = screen.lines.find((one) => one.done < one.quantity) || false;
    return "ok";
}
