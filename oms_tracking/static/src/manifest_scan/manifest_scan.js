import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component, onMounted, onWillDestroy, onWillStart, useRef, useState } from "@odoo/owl";

import { call, ScanQueue } from "@oms_fulfillment/scan_queue";

import { play } from "./sound";

const MODEL = "oms.manifest";
const QUEUE = "oms_manifest_queue";

/** Hand parcels over to a courier by scanning them: one field, one answer in colour and sound. */
export class ManifestScan extends Component {
    static template = "oms_tracking.ManifestScan";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.input = useRef("input");
        this.manifestId = this.props.action.params?.manifest_id || this.props.action.context?.active_id;
        this.state = useState({
            manifest: null,
            answer: null,
            waiting: 0,
            online: true,
            showLeft: false,
        });
        const send = ([scan]) => call(MODEL, "scan", [[scan.manifest], scan.code]);
        const handlers = {
            onAnswer: (answer, [scan]) => this.show(scan, answer),
            onConnection: (online) => (this.state.online = online),
            onError: (error, [scan]) => this.refuse(scan, error.data?.message || error.message),
        };
        this.queue = new ScanQueue(QUEUE, send, handlers, 1);
        this.state.waiting = this.queue.items.length;
        onWillStart(() => this.load());
        onMounted(() => {
            this.focus();
            this.queue.flush();
        });
        onWillDestroy(() => this.queue.stop());
    }

    get tone() {
        return this.state.answer?.tone || "idle";
    }

    get progress() {
        const { scanned, expected } = this.state.manifest;
        return _t("of %(total)s scanned", { total: scanned + expected });
    }

    get percent() {
        const { scanned, expected } = this.state.manifest;
        return scanned + expected ? Math.round((100 * scanned) / (scanned + expected)) : 0;
    }

    async load() {
        if (this.manifestId) {
            this.state.manifest = await this.orm.call(MODEL, "scan_state", [[this.manifestId]]);
        }
    }

    focus() {
        this.input.el?.focus();
    }

    onKeydown(ev) {
        if (ev.key === "Enter" || ev.key === "Tab") {
            const code = this.input.el.value.trim();
            if (code) {
                ev.preventDefault();
                this.submit();
            }
        }
    }

    submit() {
        const code = this.input.el.value.trim();
        this.input.el.value = "";
        this.focus();
        if (code) {
            this.queue.push({ code, manifest: this.manifestId, name: this.state.manifest.name });
            this.state.waiting = this.queue.items.length;
        }
    }

    refuse(scan, message) {
        const text = `${scan.code}: ${message}`;
        this.show(scan, { tone: "stop", title: _t("Refused"), message: text });
    }

    /** Scans that were kept may be of another manifest, and the next answer follows at once: what
     * was refused then stays until somebody has read it. */
    show(scan, { tone, title, message, state }) {
        const here = scan.manifest === this.manifestId;
        this.state.waiting = this.queue.items.length;
        if (here) {
            this.state.answer = { tone, title, message };
            this.state.manifest = state || this.state.manifest;
        }
        if (tone === "stop" && (!here || this.state.waiting)) {
            const options = { type: "danger", sticky: true, title: `${scan.name}: ${title}` };
            this.notification.add(message, options);
        }
        play(tone);
    }

    async takeOff(line) {
        this.state.manifest = await this.orm.call(MODEL, "unscan", [[this.manifestId], line.id]);
        this.state.answer = null;
        this.focus();
    }

    async close() {
        const action = await this.orm.call(MODEL, "action_close", [[this.manifestId]]);
        await this.action.doAction(action, { onClose: () => this.load() });
    }

    openForm() {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: MODEL,
            res_id: this.manifestId,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("oms_manifest_scan", ManifestScan);
