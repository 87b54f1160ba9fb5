import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

// The colours of the stages: grey waits, amber is in our hands, blue moves, green is done.
const COLOURS = {
    unallocated: "bg-secondary",
    reserved: "bg-warning-subtle",
    picked: "bg-warning",
    packed: "bg-warning",
    shipped: "bg-info",
    delivered: "bg-success-subtle",
    accepted: "bg-success",
    cancelled: "bg-danger-subtle",
};

/** Where the units of an order line are, as one small stacked bar; the words are its tooltip. */
export class BucketBar extends Component {
    static template = "oms_fulfillment.BucketBar";
    static props = { ...standardFieldProps };

    get words() {
        return this.props.record.data.oms_progress || "";
    }

    get parts() {
        const units = this.props.record.data[this.props.name] || {};
        const known = Object.entries(units).filter(([name, count]) => COLOURS[name] && count > 0);
        const total = known.reduce((sum, [, count]) => sum + count, 0);
        return known.map(([name, count]) => ({
            name,
            colour: COLOURS[name],
            width: (100 * count) / total,
        }));
    }
}

registry.category("fields").add("oms_bucket_bar", {
    component: BucketBar,
    supportedTypes: ["json"],
    fieldDependencies: [{ name: "oms_progress", type: "char" }],
});
