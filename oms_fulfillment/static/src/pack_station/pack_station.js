import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/core/utils/numbers";
import { uuid } from "@web/core/utils/strings";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component, onWillDestroy, onWillStart, useState } from "@odoo/owl";

import { moment } from "../moment";
import { call, read, ScanQueue } from "../scan_queue";
import { timeLeft } from "../to_ship/time_left";
import { countOffline } from "./offline";
import { play } from "./sound";
import { useWedge } from "./wedge";

const MODEL = "oms.pack.session";
const STATION_KEY = "oms_pack_station";
const QUEUE = "oms_pack_queue";

/** The packing station: scanner, keyboard and touch all give codes; the server gives the screens. */
export class PackStation extends Component {
    static template = "oms_fulfillment.PackStation";
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        this.hasCamera = isBarcodeScannerSupported();
        this.judged = new Set();
        this.state = useState({
            screen: { screen: "idle", queue: [], choices: [], answers: [] },
            alarm: false,
            online: true,
            waiting: 0,
            typed: "",
            flash: 0,
        });
        this.station = read(STATION_KEY, null) || `station-${uuid()}`;
        localStorage.setItem(STATION_KEY, JSON.stringify(this.station));
        this.queue = new ScanQueue(QUEUE, (items) => call(MODEL, "send", [this.station, items]), {
            onAnswer: (screen) => this.show(screen),
            onConnection: (online) => (this.state.online = online),
            onError: (error) => this.alarm({ message: error.data?.message || error.message }),
        });
        useWedge(
            (code) => this.scan(code),
            (text) => (this.state.typed = text),
            () => this.dismiss()
        );
        onWillStart(async () => {
            this.state.screen = await call(MODEL, "start", [this.station]);
            await this.queue.flush();
        });
        onWillDestroy(() => this.queue.stop());
    }

    get screen() {
        return this.state.screen;
    }

    get commands() {
        return [
            { code: "OMS-UNDO", label: _t("Undo"), icon: "fa-undo" },
            { code: "OMS-CARTON", label: _t("Close carton"), icon: "fa-archive" },
            { code: "OMS-SHORT", label: _t("Short"), icon: "fa-exclamation-triangle" },
            { code: "OMS-OVERRIDE", label: _t("Override"), icon: "fa-key" },
            { code: "OMS-LEAVE", label: _t("Put aside"), icon: "fa-sign-out" },
        ];
    }

    get title() {
        return {
            choose: _t("Which of them?"),
            reason: _t("Why are units missing?"),
            then: _t("What becomes of them?"),
            badge: _t("Supervisor: scan your badge"),
            waive: _t("Why is it all right?"),
        }[this.screen.screen];
    }

    get complete() {
        const { progress } = this.screen;
        return progress && progress.total > 0 && progress.done >= progress.total;
    }

    get percent() {
        const { done, total } = this.screen.progress;
        return total ? Math.min(100, (100 * done) / total) : 0;
    }

    number(value) {
        return formatFloat(value, { digits: [16, 3], trailingZeros: false });
    }

    kilos(value) {
        return formatFloat(value, { digits: [16, 3] });
    }

    moment(value) {
        return moment(value);
    }

    left(value) {
        return timeLeft(deserializeDateTime(value));
    }

    image(line) {
        return `/web/image/product.product/${line.product}/image_512`;
    }

    // Scanning

    /** Whatever was scanned, typed or tapped. */
    scan(code) {
        code = code.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
        if (!code) {
            return;
        }
        this.state.alarm = false;
        const online = this.state.online;
        const item = this.queue.push({ code, session: this.screen.session || false });
        this.state.waiting = this.queue.items.length;
        if (!online) {
            this.scanOffline(item);
        }
    }

    scanOffline(item) {
        const verdict = countOffline(this.screen, item.code);
        if (verdict === "ok") {
            this.hit();
        } else if (verdict === "surplus") {
            this.judged.add(item.key);
            this.alarm({ message: _t("That is too many of %s. Put it aside.", item.code) });
        }
    }

    /** Show the server's screen; scans that were made meanwhile are still on their way. */
    show(screen) {
        this.state.screen = screen;
        this.state.waiting = this.queue.items.length;
        const alarm = screen.answers.find(
            (answer) => answer.status === "refused" && !this.judged.has(answer.key)
        );
        if (alarm) {
            this.alarm(alarm);
        } else if (screen.done) {
            this.finished(screen.done);
        } else {
            this.hit();
        }
    }

    hit() {
        this.state.flash++;
        play("ok");
    }

    alarm(alarm) {
        this.state.alarm = alarm;
        play("wrong");
    }

    finished(done) {
        play("done");
        if (done.label) {
            this.printLabel();
        }
    }

    printLabel() {
        return this.action.doAction(this.screen.done.label);
    }

    dismiss() {
        if (this.state.alarm) {
            this.state.alarm = false;
        } else if (["weigh", "reason", "then", "badge", "waive"].includes(this.screen.screen)) {
            this.scan("OMS-BACK");
        }
    }

    // Touch

    tap(ev, code) {
        ev.currentTarget.blur();
        this.scan(code);
    }

    onManual(ev) {
        if (ev.key === "Enter" || (ev.key === "Tab" && ev.target.value)) {
            ev.preventDefault();
            ev.stopPropagation();
            this.scan(ev.target.value);
            ev.target.value = "";
        }
    }

    submitManual(ev) {
        const input = ev.currentTarget.parentElement.querySelector("input");
        this.scan(input.value);
        input.value = "";
    }

    async openCamera() {
        const code = await scanBarcode(this.env);
        if (code) {
            this.scan(code);
        }
    }

    openWork() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "oms.fulfillment",
            res_id: this.screen.work.form,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("oms_fulfillment.pack_station", PackStation);
