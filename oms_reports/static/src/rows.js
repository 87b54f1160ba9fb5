import { markup } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";

/** Which list shows the rows of a figure. */
const ACTIONS = {
    "sale.order": "oms_fulfillment.action_oms_orders",
    "oms.report.order": "oms_reports.action_oms_report_order",
    "oms.report.demand": "oms_reports.action_oms_report_demand",
    "oms.report.goods": "oms_reports.action_oms_report_goods",
    "oms.report.purchase": "oms_reports.action_oms_report_purchase",
    "oms.report.customer": "oms_reports.action_oms_report_customer",
    "oms.pnl.line": "oms_reports.action_oms_pnl_line",
    "oms.order.pnl": "oms_reports.action_oms_order_pnl",
    "oms.held.money": "oms_fulfillment.action_oms_payouts_expected",
    "account.move": "account.action_move_out_invoice_type",
    "oms.stock.difference": "oms_reports.action_oms_stock_difference",
    "stock.quant": "stock.stock_quant_action",
    "stock.move": "stock.stock_move_action",
    "oms.report.uninvoiced": "oms_reports.action_oms_report_uninvoiced",
    "oms.report.stay": "oms_reports.action_oms_report_stay",
    "oms.report.message": "oms_reports.action_oms_report_message",
    "oms.courier.score": "oms_tracking.action_oms_courier_score",
    "oms.pack.session": "oms_fulfillment.action_oms_pack_session",
    "oms.report.sales": "oms_reports.action_oms_report_sales",
    "account.move.line": "account.action_account_moves_all",
    "oms.settlement": "oms_fulfillment.action_oms_settlements",
    "oms.open.item": "oms_reports.action_oms_open_item",
};

/**
 * Opens the rows that add up to a figure, in the list that users know for their model.
 *
 * @param {string} [nothing] why there should be none
 */
export async function openRows(
    actionService,
    model,
    domain,
    name,
    viewType = "list",
    context = {},
    nothing = ""
) {
    const action = await actionService.loadAction(ACTIONS[model]);
    const views = [...action.views].sort(
        (a, b) => (b[1] === viewType ? 1 : 0) - (a[1] === viewType ? 1 : 0)
    );
    const opened = {
        type: "ir.actions.act_window",
        name,
        res_model: model,
        views,
        // Cards fit a telephone, a list does not; but groups of cards lie side by side.
        mobile_view_mode: context.group_by ? viewType : "kanban",
        search_view_id: action.search_view_id,
        help: nothing
            ? markup`<p class="o_view_nocontent_smiling_face">${_t(
                  "There are none, as it should be"
              )}</p><p>${nothing}</p>`
            : action.help,
        domain,
        context: { ...context, create: false },
    };
    // Rows that add up to nothing are none: no invented ones behind the help.
    return actionService.doAction(opened, { props: { useSampleModel: false } });
}
