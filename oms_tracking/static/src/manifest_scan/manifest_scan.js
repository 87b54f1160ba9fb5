import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component, onMounted, onWillStart, onWillUnmount, useRef, useState } from "@odoo/owl";

import { play } from "./sound";

const MODEL = "oms.manifest";
const RETRY_AFTER = 3000;

/** Hand parcels over to a courier by scanning them: one field, one answer in colour and sound. */
export class ManifestScan extends Component {
    static template = "oms_tracking.ManifestScan";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.input = useRef("input");
        this.manifestId = this.props.action.params?.manifest_id || this.props.action.context?.active_id;
        this.state = useState({
            manifest: null,
            answer: null,
            waiting: [],
            offline: false,
            showLeft: false,
        });
        this.working = false;
        onWillStart(() => this.load());
        onMounted(() => this.focus());
        onWillUnmount(() => clearTimeout(this.timer));
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
            this.state.waiting.push(code);
            this.work();
        }
    }

    /** Send what was scanned, in order; what a lost connection kept back is sent when it returns. */
    async work() {
        if (this.working) {
            return;
        }
        this.working = true;
        try {
            while (this.state.waiting.length) {
                const answer = await this.send(this.state.waiting[0]);
                this.state.offline = false;
                this.state.waiting.shift();
                this.show(answer);
            }
        } catch (error) {
            if (!(error instanceof ConnectionLostError)) {
                this.state.waiting.shift();
                throw error;
            }
            this.state.offline = true;
            this.timer = setTimeout(() => this.work(), RETRY_AFTER);
        } finally {
            this.working = false;
        }
    }

    async send(code) {
        try {
            return await this.orm.silent.call(MODEL, "scan", [[this.manifestId], code]);
        } catch (error) {
            if (error instanceof ConnectionLostError) {
                throw error;
            }
            const message = error.data?.message || error.message;
            return { tone: "stop", title: _t("Refused"), message, state: this.state.manifest };
        }
    }

    show(answer) {
        this.state.answer = answer;
        this.state.manifest = answer.state;
        play(answer.tone);
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
