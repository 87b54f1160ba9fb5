from odoo.tools import SQL

# Journal items per statement: bounds memory where years of history are linked.
BATCH = 50_000

_FROM_SALE_LINES = """
    UPDATE account_move_line item
       SET oms_order_id = source.order_id
      FROM (
            SELECT rel.invoice_line_id, MIN(sale.id) AS order_id
              FROM sale_order_line_invoice_rel rel
              JOIN sale_order_line line ON line.id = rel.order_line_id
              JOIN sale_order sale ON sale.id = line.order_id
             WHERE sale.oms_channel_id IS NOT NULL
               AND rel.invoice_line_id >= %(start)s AND rel.invoice_line_id < %(stop)s
          GROUP BY rel.invoice_line_id
           ) source
     WHERE source.invoice_line_id = item.id AND item.oms_order_id IS NULL
"""
_FROM_COST_ORIGIN = """
    UPDATE account_move_line item
       SET oms_order_id = origin.oms_order_id
      FROM account_move_line origin
     WHERE origin.id = item.cogs_origin_id
       AND origin.oms_order_id IS NOT NULL
       AND origin.id >= %(start)s AND origin.id < %(stop)s
       AND item.oms_order_id IS NULL
"""


def post_init_hook(env):
    """Tag the accounts of Indonesian companies, and link older journal items to their orders."""
    env["res.company"].search([])._oms_tag_accounts()
    _link_items(env)


def _link_items(env):
    """Link journal items that are older than this addon to their managed orders.

    In SQL and by ranges of ids; nothing happens where no channel exists.
    """
    if not env["oms.channel"]._is_active():
        return
    env.flush_all()
    [(lowest, highest)] = env.execute_query(
        SQL("SELECT MIN(invoice_line_id), MAX(invoice_line_id) FROM sale_order_line_invoice_rel")
    )
    for start in range(lowest or 0, (highest or -1) + 1, BATCH):
        for statement in (_FROM_SALE_LINES, _FROM_COST_ORIGIN):
            env.cr.execute(SQL(statement, start=start, stop=start + BATCH))
    env["account.move.line"].invalidate_model(["oms_order_id"])
