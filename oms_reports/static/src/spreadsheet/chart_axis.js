import { registries } from "@odoo/o-spreadsheet";

import { compact } from "@oms_reports/dashboard/format";

const { chartRegistry } = registries;

/** Short numbers along the axis, in the reader's words; a tooltip has the number in full. */
function shorten(options, axis) {
    const ticks = options.scales?.[axis]?.ticks;
    if (ticks) {
        ticks.callback = compact;
    }
}

for (const type of ["odoo_bar", "odoo_line", "odoo_waterfall"]) {
    const entry = chartRegistry.get(type);
    chartRegistry.replace(type, {
        ...entry,
        getChartRuntime(chart, getters) {
            const runtime = entry.getChartRuntime(chart, getters);
            // Of our charts alone: others keep their way.
            if (chart.metaData.omsUnit) {
                shorten(runtime.chartJsConfig.options, chart.horizontal ? "x" : "y");
            }
            return runtime;
        },
    });
}
