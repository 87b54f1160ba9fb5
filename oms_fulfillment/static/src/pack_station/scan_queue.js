import { ConnectionAbortedError, ConnectionLostError } from "@web/core/network/rpc";
import { uuid } from "@web/core/utils/strings";

const STATION_KEY = "oms_pack_station";
const QUEUE_KEY = "oms_pack_queue";
const RETRY_MS = 1500;
const TIMEOUT_MS = 10000;

function read(key, fallback) {
    try {
        return JSON.parse(localStorage.getItem(key)) ?? fallback;
    } catch {
        return fallback;
    }
}

/**
 * What was scanned and has no answer yet. It lives in the browser's storage, so a reload or a dead
 * battery loses nothing; every scan has a key of its own, so sending it twice counts it once.
 */
export class ScanQueue {
    /**
     * @param {(station: string, items: object[]) => Promise} send
     * @param {{ onAnswer: Function, onConnection: Function, onError: Function }} handlers
     */
    constructor(send, { onAnswer, onConnection, onError }) {
        Object.assign(this, { send, onAnswer, onConnection, onError });
        this.items = read(QUEUE_KEY, []);
        this.station = read(STATION_KEY, null) || `station-${uuid()}`;
        localStorage.setItem(STATION_KEY, JSON.stringify(this.station));
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

    push(code, session) {
        const at = luxon.DateTime.utc().startOf("second").toISO({ suppressMilliseconds: true });
        const item = { key: uuid(), code, session: session || false, at };
        this.items.push(item);
        this.save();
        this.flush();
        return item;
    }

    save() {
        localStorage.setItem(QUEUE_KEY, JSON.stringify(this.items));
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
                await this.sendBatch([...this.items]);
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
        let screen;
        const call = this.send(this.station, batch);
        const timer = setTimeout(() => call.abort?.(), TIMEOUT_MS);
        try {
            screen = await call;
        } catch (error) {
            if (error.exceptionName && error.exceptionName !== "odoo.http.SessionExpiredException") {
                this.forget(batch);
                this.onError(error);
                return;
            }
            throw error;
        } finally {
            clearTimeout(timer);
        }
        this.setOnline(true);
        this.forget(batch);
        this.onAnswer(screen);
    }

    forget(batch) {
        const keys = new Set(batch.map((item) => item.key));
        this.items = this.items.filter((item) => !keys.has(item.key));
        this.save();
    }
}
