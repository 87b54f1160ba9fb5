"""Pictures of the dashboards and of every report, on a desktop and on a telephone."""

BOARDS = ("operations", "sales", "finance", "receivables")
BOARD_HEIGHT = 1180
# Report -> what is chosen before the picture is taken.
STATEMENTS = {
    "income": ("preset", "this_month", "compare", "previous"),
    "balance": ("preset", "this_month", "compare", "previous"),
    "cash": (),
    "trial": (),
    "ledger": (),
    "receivable": (),
    "cod": (),
    "marketplace": (),
    "vat": (),
}
ANALYSES = (
    "cohorts",
    "demand_forecast",
    "stock_cover",
    "stock_ageing",
    "cash_tied",
    "cash_projection",
    "cash_stages",
    "explain",
)
PAGES = {
    "dashboard": ("/odoo/oms-dashboard", ".o_oms_chart canvas"),
    "kpi": ("/odoo/oms-kpi", ".o_oms_kpi_card"),
    "integrity": ("/odoo/oms-integrity", ".o_oms_analysis_table tbody tr"),
    "pnl": ("/odoo/oms-pnl", ".o_pivot table, .o_graph_renderer canvas"),
    "order-pnl": ("/odoo/oms-order-pnl", ".o_pivot table, .o_data_row, .o_kanban_record"),
    "stock-ledger": ("/odoo/oms-stock-ledger", ".o_view_controller .o_content"),
    "open-items": ("/odoo/action-oms_reports.action_dashboard_receivables", ".o-figure canvas"),
}


def take(camera, desktop, phone):
    """One visitor per size looks at everything: a fresh login for each would take minutes."""
    for size, suffix in ((desktop, ""), (phone, "-phone")):
        names = [name for name in _all(suffix) if camera.wants(name)]
        if not names:
            continue
        page = camera.session(size)
        for name in names:
            kind, _dash, what = name.removesuffix("-phone").partition("-")
            SCREENS[kind](page, what)
            camera.shoot(page, name)
            page.set_viewport_size(size)
        page.context.close()


def _all(suffix):
    for kind, names in (
        ("dashboard", BOARDS),
        ("statement", STATEMENTS),
        ("analysis", ANALYSES),
        ("report", PAGES),
    ):
        for name in names:
            yield f"{kind}-{name}{suffix}"


def _board(page, name):
    page.goto(f"/odoo/action-oms_reports.action_dashboard_{name}")
    page.wait_for_selector(".o-figure canvas")
    if page.viewport_size["width"] > 600:
        page.set_viewport_size({"width": page.viewport_size["width"], "height": BOARD_HEIGHT})
    page.wait_for_timeout(2500)


def _statement(page, name):
    page.goto("/odoo/oms-statements")
    page.wait_for_selector(".o_oms_statement_table")
    # An account's name in the trial balance opens its ledger.
    page.select_option("select[name=statement]", "trial" if name == "ledger" else name)
    if name == "ledger":
        page.locator(".o_oms_statement_ledger").first.click()
    page.wait_for_selector(f".o_oms_statement_table[data-statement={name}]")
    for field, value in zip(STATEMENTS[name][::2], STATEMENTS[name][1::2], strict=True):
        page.select_option(f"select[name={field}]", value)


def _analysis(page, name):
    page.goto("/odoo/oms-analysis")
    page.wait_for_selector(".o_oms_analysis_table")
    report = "stock_cover" if name == "explain" else name
    page.select_option("select[name=code]", report)
    page.wait_for_selector(f".o_oms_analysis_table[data-report={report}]")
    if name == "explain":
        page.locator(".o_oms_analysis_table tbody tr:first-child td:last-child button").click()
        page.wait_for_selector(".o_oms_analysis_explain")


def _report(page, name):
    path, ready = PAGES[name]
    page.goto(path)
    page.wait_for_selector(ready)
    if name == "open-items":
        # They are what a click on a tile opens.
        page.wait_for_timeout(4000)
        page.locator("canvas[title=Receivables]").click()
        page.wait_for_selector(".o_data_row, .o_kanban_record")


SCREENS = {
    "dashboard": _board,
    "statement": _statement,
    "analysis": _analysis,
    "report": _report,
}
