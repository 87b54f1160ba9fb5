import { registry } from "@web/core/registry";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";

import { compact } from "../dashboard/format";

/** Odoo shortens a million to "M", which an Indonesian reads as a milliard: here it is "jt". */
export class OmsGraphRenderer extends GraphRenderer {
    formatValue(value, allIntegers = true, formatType = "") {
        const short = Number.isInteger(value) || Math.abs(value) >= 1000;
        return short && !formatType ? compact(value) : super.formatValue(value, allIntegers, formatType);
    }
}

registry.category("views").add("oms_graph", { ...graphView, Renderer: OmsGraphRenderer });
