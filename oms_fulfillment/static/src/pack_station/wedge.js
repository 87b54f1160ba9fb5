import { useExternalListener } from "@odoo/owl";

const GROUP_SEPARATOR = "\x1d";

/**
 * Read a scanner that types like a keyboard: characters up to Enter or Tab are a code, wherever the
 * focus is. Fields keep their keys, and so do buttons as long as nothing was typed.
 *
 * @param {(code: string) => void} onCode
 * @param {(text: string) => void} onText what was typed so far
 * @param {() => void} onEscape
 */
export function useWedge(onCode, onText, onEscape) {
    let text = "";
    const set = (value) => {
        text = value;
        onText(value);
    };
    const isField = (target) => target.closest?.("input, textarea, select, [contenteditable=true], .modal");
    useExternalListener(
        window,
        "keydown",
        (ev) => {
            if (isField(ev.target)) {
                return;
            }
            const ends = ev.key === "Enter" || ev.key === "Tab";
            if (ends && text) {
                const code = text;
                set("");
                onCode(code);
            } else if (ev.key === "Escape") {
                set("");
                onEscape();
            } else if (ev.key === "Backspace" && text) {
                set(text.slice(0, -1));
            } else if (ev.ctrlKey && ev.key === "]") {
                set(text + GROUP_SEPARATOR);
            } else if (ev.key.length === 1 && !ev.ctrlKey && !ev.altKey && !ev.metaKey && (text || ev.key !== " ")) {
                set(text + ev.key);
            } else {
                return;
            }
            ev.preventDefault();
            ev.stopPropagation();
        },
        { capture: true }
    );
}
