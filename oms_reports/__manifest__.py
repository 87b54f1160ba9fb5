{
    "name": "OMS Reports",
    "version": "19.0.1.0.0",
    "category": "Supply Chain/Order Management",
    "summary": "What is where, what it earned, and the proof that it equals the ledger",
    "author": "OMS Contributors",
    "website": "https://github.com/oms-odoo/oms",
    "license": "LGPL-3",
    "depends": ["oms_tracking", "account"],
    "data": [
        "security/ir.model.access.csv",
        "security/oms_reports_rules.xml",
        "views/oms_report_dashboard_views.xml",
        "views/oms_report_stage_views.xml",
        "views/oms_report_sales_views.xml",
        "views/account_move_line_views.xml",
        "views/oms_reports_menus.xml",
    ],
    "assets": {
        "web.assets_backend": ["oms_reports/static/src/**/*"],
        "web.assets_tests": ["oms_reports/static/tests/tours/**/*"],
    },
    "post_init_hook": "post_init_hook",
}
