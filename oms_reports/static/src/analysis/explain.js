import { Dialog } from "@web/core/dialog/dialog";

import { Component } from "@odoo/owl";

/** What a figure was computed from; each part that has rows opens them. */
export class OmsAnalysisExplain extends Component {
    static template = "oms_reports.AnalysisExplain";
    static components = { Dialog };
    static props = {
        title: String,
        value: String,
        how: String,
        parts: Array,
        open: Function,
        close: Function,
    };

    async open(part) {
        await this.props.open(part);
        this.props.close();
    }
}
