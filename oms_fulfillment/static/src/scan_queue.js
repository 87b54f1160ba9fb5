import { ConnectionAbortedError, ConnectionLostError, rpc } from "@web/core/network/rpc";
import { user } from "@web/core/user";
import { uuid } from "@web/core/utils/strings";

const RETRY_MS = 1500;
const TIMEOUT_MS = 10000;

export function read(key, fallback) {
    try {
        return JSON.parse(localStorage.getItem(key)) ?? fallback;
    } catch {
        return fallback;
    }
}

/** Not the ORM service: its promises can't be aborted, and end with the component. */
export function call(model, method, args) {
    const params = { model, method, args, kwargs: { context: user.context } };
    return rpc(`/web/dataset/call_kw/${model}/${method}`, params, { silent: true });
}

/**
 * What was scanned and has no answer yet. It lives in the browser's storage, so leaving the page, a
 * reload or a dead battery loses nothing. An answer may be lost, too, and the scan sent again: every
 * scan has a key of its own, by which (or by what was scanned) the server counts it once.
 */
export class ScanQueue {
    /**
     * @param {string} name where it lives in the storage
     * @param {(items: object[]) => Promise} send
     * @param {{ onAnswer: Function, onConnection: Function, onError: Function }} handlers
     * @param {number} [size] so many scans are sent at once
     */
    constructor(name, send, { onAnswer, onConnection, onError }, size = Infinity) {
        Object.assign(this, { name, send, onAnswer, onConnection, onError, size });
        this.items = read(name, []);
        this.online = true;
        this.running = false;
        this.stopped = false;
        this.flushNow = () => this.flush();
        window.addEventListener("online", this.flushNow);
    }

    stop() {
        this.stopped = true;
        clearTimeout(this.timer);
        window.removeEventListener("online", this.flushNow);
    }

    /** @param {object} values what the server has to know of the scan, besides its key and time */
    push(values) {
        const at = luxon.DateTime.utc().startOf("second").toISO({ suppressMilliseconds: true });
        const item = { key: uuid(), ...values, at };
        this.save([...read(this.name, []), item]);
        this.flush();
        return item;
    }

    /** The storage has the say: another tab, or the page that was left, may have written there. */
    save(items) {
        this.items = items;
        localStorage.setItem(this.name, JSON.stringify(items));
    }

    setOnline(online) {
        if (this.online !== online) {
            this.online = online;
            this.onConnection(online);
        }
    }

    /** Send what waits, in order; go on until nothing is left or the connection is gone. */
    async flush() {
        if (this.running || this.stopped) {
            return;
        }
        this.running = true;
        clearTimeout(this.timer);
        try {
            while (this.items.length && !this.stopped) {
                await this.sendBatch(this.items.slice(0, this.size));
            }
        } catch (error) {
            if (!(error instanceof ConnectionLostError || error instanceof ConnectionAbortedError)) {
                throw error;
            }
            this.setOnline(false);
            this.timer = setTimeout(this.flushNow, RETRY_MS);
        } finally {
            this.running = false;
        }
    }

    async sendBatch(batch) {
        let answer;
        const sent = this.send(batch);
        const timer = setTimeout(() => sent.abort?.(), TIMEOUT_MS);
        try {
            answer = await sent;
        } catch (error) {
            if (error.exceptionName && error.exceptionName !== "odoo.http.SessionExpiredException") {
                this.forget(batch);
                this.onError(error, batch);
                return;
            }
            throw error;
        } finally {
            clearTimeout(timer);
        }
        this.setOnline(true);
        this.forget(batch);
        this.onAnswer(answer, batch);
    }

    forget(batch) {
        const keys = new Set(batch.map((item) => item.key));
        this.save(read(this.name, []).filter((item) => !keys.has(item.key)));
    }
}
