import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getColor, hexToRGBA } from "@web/core/colors/colors";

import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";

import { compact, money, monthName } from "./format";

/** Net sales of twelve months, stacked by channel. A click on a bar opens its rows. */
export class SalesChart extends Component {
    static template = "oms_reports.SalesChart";
    static props = {
        block: Object,
        nameOf: Function,
        onOpen: Function,
    };

    setup() {
        this.canvas = useRef("canvas");
        this.chart = null;
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                this.draw();
                return () => this.chart?.destroy();
            },
            () => [this.props.block]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    draw() {
        const { block, nameOf, onOpen } = this.props;
        const scheme = cookie.get("color_scheme");
        // The page's own text colour: right in every theme.
        const text = getComputedStyle(this.canvas.el).color;
        const format = (amount) => money(amount, block.currency_id);
        this.chart = new Chart(this.canvas.el, {
            type: "bar",
            data: {
                labels: block.months.map((month) => monthName(month.since, "LLL yy")),
                datasets: block.channels.map((channel, index) => ({
                    label: nameOf(channel),
                    data: channel.months.map((figure) => figure.amount),
                    backgroundColor: channel.id
                        ? getColor(index, scheme, block.channels.length)
                        : hexToRGBA("#7E8290", 0.6),
                    borderRadius: 3,
                    maxBarThickness: 48,
                })),
            },
            options: {
                maintainAspectRatio: false,
                animation: false,
                onHover: (event, elements) => {
                    event.native.target.style.cursor = elements.length ? "pointer" : "";
                },
                onClick: (event, elements) => {
                    if (elements.length) {
                        const { datasetIndex, index } = elements[0];
                        const channel = block.channels[datasetIndex];
                        const name = monthName(block.months[index].since);
                        onOpen(channel.months[index], `${nameOf(channel)}, ${name}`);
                    }
                },
                plugins: {
                    legend: { position: "bottom", labels: { color: text, boxWidth: 12 } },
                    tooltip: {
                        callbacks: {
                            label: (item) => `${item.dataset.label}: ${format(item.raw)}`,
                            footer: (items) =>
                                items.length && format(block.months[items[0].dataIndex].amount),
                        },
                    },
                },
                scales: {
                    x: { stacked: true, grid: { display: false }, ticks: { color: text } },
                    y: {
                        stacked: true,
                        grid: { color: hexToRGBA("#7E8290", 0.25) },
                        ticks: { color: text, callback: (value) => compact(value), maxTicksLimit: 6 },
                    },
                },
            },
        });
    }
}
