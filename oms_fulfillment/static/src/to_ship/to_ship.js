import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/core/utils/numbers";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component, onWillStart, onWillUnmount, useState } from "@odoo/owl";

import { moment } from "../moment";
import { timeLeft } from "./time_left";

const REFRESH_MS = 60000;
const OPEN = ["waiting", "ready", "picked", "packed"];

/** What has to leave the house: couriers with their clocks, the backlog, and who packs how fast. */
export class ToShip extends Component {
    static template = "oms_fulfillment.ToShip";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.state = useState({ board: null, warehouse: false, now: luxon.DateTime.now() });
        this.states = [
            ["waiting", _t("Waiting for stock")],
            ["ready", _t("To pick")],
            ["picked", _t("To pack")],
            ["packed", _t("To hand over")],
        ];
        onWillStart(() => this.load());
        // One small question a minute, and none while nobody looks.
        this.timer = setInterval(() => document.visibilityState === "visible" && this.load(), REFRESH_MS);
        onWillUnmount(() => clearInterval(this.timer));
    }

    get board() {
        return this.state.board;
    }

    async load() {
        const call = this.orm.silent.call("oms.warehouse.board", "figures", [this.state.warehouse]);
        try {
            this.state.board = await call;
            this.state.now = luxon.DateTime.now();
        } catch (error) {
            if (!this.state.board) {
                throw error;
            }
        }
    }

    chooseWarehouse(ev) {
        this.state.warehouse = Number(ev.target.value) || false;
        return this.load();
    }

    left(value) {
        return timeLeft(deserializeDateTime(value), this.state.now);
    }

    moment(value) {
        return moment(value);
    }

    number(value) {
        return formatFloat(value, { digits: [16, 0] });
    }

    percent(value) {
        return `${formatFloat(100 * value, { digits: [16, 1] })}%`;
    }

    total(row) {
        return row.pick + row.pack + row.hand_over + row.waiting;
    }

    // Every figure opens the rows that add up to it.

    openList(name, domain) {
        const mine = [["provider_id", "=", false], ...domain];
        if (this.state.warehouse) {
            mine.push(["warehouse_id", "=", this.state.warehouse]);
        }
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: "oms.fulfillment",
            views: [
                [false, "list"],
                [false, "kanban"],
                [false, "form"],
            ],
            domain: mine,
        });
    }

    openCourier(row, states, single) {
        const domain = [
            ["carrier_id", "=", row.id || false],
            ["state", "in", states],
        ];
        if (single) {
            domain.push(["single_line", "=", true]);
        }
        return this.openList(row.name, domain);
    }

    openLate() {
        return this.openList(_t("Past Their Deadline"), [
            ["state", "in", OPEN],
            ["ship_by", "<", "now"],
        ]);
    }

    openUrgent() {
        return this.openList(_t("Due Within 4 Hours"), [
            ["state", "in", OPEN],
            ["ship_by", ">=", "now"],
            ["ship_by", "<", "now +4H"],
        ]);
    }

    openBacklog(row, state) {
        return this.openList(row.name, [
            ["warehouse_id", "=", row.id || false],
            ["state", "in", state ? [state] : OPEN],
        ]);
    }

    openPacker(packer) {
        return this.action.doAction("oms_fulfillment.action_oms_pack_session", {
            additionalContext: { search_default_today: 1, search_default_user_id: packer ? packer.id : false },
        });
    }

    batch(row) {
        return this.action.doAction("oms_fulfillment.action_oms_batch_build", {
            additionalContext: {
                default_carrier_ids: row.id ? [[6, 0, [row.id]]] : [],
                default_without_carrier: !row.id,
                default_warehouse_id: this.state.warehouse || undefined,
            },
            onClose: () => this.load(),
        });
    }

    pack() {
        return this.action.doAction("oms_fulfillment.action_oms_pack_station");
    }
}

registry.category("actions").add("oms_fulfillment.to_ship", ToShip);
