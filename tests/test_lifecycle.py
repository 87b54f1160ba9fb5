"""The life of the addons in a database: installed one by one, upgraded, removed.

Each step must leave Odoo's log without a WARNING. Works for whichever addons exist.
"""

import contextlib
import json

import oms_dev as dev
import pytest

pytestmark = pytest.mark.skipif(not dev.addons(), reason="there is no addon yet")

# Odoo rewrites these on every upgrade, with or without a change: its registry of modules
# and models, compiled assets, and the clocks of scheduled jobs.
TECHNICAL_TABLES = {
    "ir_attachment",
    "ir_cron_trigger",
    "ir_module_module",
    "ir_module_module_dependency",
    "bus_bus",
    "bus_presence",
    "mail_presence",
}
# Counters that tell the other processes to reload.
TECHNICAL_PREFIX = "orm_signaling_"
TECHNICAL_COLUMNS = {
    "write_date",
    "write_uid",
    # ir_cron
    "lastcall",
    "nextcall",
    # ir_ui_view
    "arch_updated",
    "arch_prev",
    # web_icon_data is kept as an attachment, which is written again
    "web_icon_data",
}


def quiet(entries):
    assert not entries, "Odoo logged:\n" + "\n".join(entries)


def log(name):
    return dev.LOGS / f"lifecycle-{name}.log"


# ------------------------------------------------------------------- snapshots


def tables(database):
    rows = dev.psql(
        "SELECT relname FROM pg_class "
        "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
        database,
    )
    return sorted(row[0] for row in rows)


def columns(database):
    rows = dev.psql(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public'",
        database,
    )
    return {tuple(row) for row in rows}


def contents(database):
    """Table -> (number of rows, checksum of their contents)."""
    queries = []
    for table in tables(database):
        if table in TECHNICAL_TABLES or table.startswith(TECHNICAL_PREFIX):
            continue
        row = "to_jsonb(t)"
        for column in sorted(TECHNICAL_COLUMNS):
            row += f" - '{column}'"
        queries.append(
            f"SELECT '{table}', count(*), md5(coalesce(string_agg(r, ',' ORDER BY r), '')) "
            f'FROM (SELECT md5(({row})::text) AS r FROM "{table}" t) x'
        )
    return {
        name: (int(count), digest)
        for name, count, digest in dev.psql(" UNION ALL ".join(queries), database)
    }


def row_difference(before, after, table):
    """For the message of a failure: what is new in a table and what is gone."""
    found = {}
    for database in (before, after):
        strip = "".join(f" - '{column}'" for column in sorted(TECHNICAL_COLUMNS))
        rows = dev.psql(f'SELECT (to_jsonb(t){strip})::text FROM "{table}" t', database)
        found[database] = {"\x1f".join(row) for row in rows}
    gone = sorted(found[before] - found[after])
    new = sorted(found[after] - found[before])
    return "\n".join([table, *(f"- {row}" for row in gone[:3]), *(f"+ {row}" for row in new[:3])])


# What PostgreSQL holds besides tables and columns, by kind and name.
SCHEMA = """
    SELECT 'relation ' || relkind::text, relname FROM pg_class
     WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'column', table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text || ' ' || conname || ' '
           || pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'function', proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'trigger', tgrelid::regclass::text || ' ' || tgname FROM pg_trigger
     WHERE NOT tgisinternal
    UNION ALL
    SELECT 'type', typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
"""


def schema(database):
    return {tuple(row) for row in dev.psql(SCHEMA, database)}


# Records that an addon brings along. After its removal their numbers are what they were.
# Not ir_model_constraint: Odoo forgets to remove its note of a foreign key that an addon
# added to one of Odoo's own tables. The key itself is gone, see SCHEMA.
COUNTED = (
    "ir_act_client",
    "ir_act_report_xml",
    "ir_act_server",
    "ir_act_url",
    "ir_act_window",
    "ir_asset",
    "ir_config_parameter",
    "ir_cron",
    "ir_default",
    "ir_filters",
    "ir_model",
    "ir_model_access",
    "ir_model_data",
    "ir_model_fields",
    "ir_model_fields_selection",
    "ir_model_inherit",
    "ir_model_relation",
    "ir_rule",
    "ir_sequence",
    "ir_ui_menu",
    "ir_ui_view",
    "mail_activity_type",
    "mail_alias",
    "mail_message_subtype",
    "mail_template",
    "res_groups",
    "res_groups_privilege",
)


# Odoo itself leaves these external ids behind for any addon whose models have a chatter:
# they carry the name of mail, portal or sms, and point to records that are gone.
FORGOTTEN_IDS = "('ir.model.fields.selection', 'ir.model.inherit')"


def numbers(database):
    present = [table for table in COUNTED if table in tables(database)]
    queries = [
        f"SELECT '{table}', count(*) FROM \"{table}\""
        + (f" WHERE model NOT IN {FORGOTTEN_IDS}" if table == "ir_model_data" else "")
        for table in present
    ]
    return dict(dev.psql(" UNION ALL ".join(queries), database))


# -------------------------------------------------------------------- fixtures


def install_one_by_one(database, *extra):
    for addon in dev.addons():
        entries = dev.install(database, [addon], *extra, log=log(f"install-{addon}"))
        assert not entries, f"installing {addon} logged:\n" + "\n".join(entries)


@pytest.fixture(scope="module")
def with_demo():
    """A database with all addons and their demo data, installed one by one."""
    with dev.fresh_database(dev.BASE_DEMO) as name:
        install_one_by_one(name, "--with-demo")
        yield name


@contextlib.contextmanager
def copy_of(database):
    name = f"{database}_copy"
    dev.copy_database(database, name)
    try:
        yield name
    finally:
        dev.drop_database(name)


# ----------------------------------------------------------------------- tests


def test_install_one_by_one():
    """The template was made in this way: each addon alone, on top of the ones below."""
    name = dev.ensure_template()
    quiet(dev.template_findings(name))
    rows = dev.psql("SELECT name, demo FROM ir_module_module WHERE state = 'installed'", name)
    installed = dict(rows)
    assert set(dev.addons()) <= set(installed)
    assert {installed[addon] for addon in dev.addons()} == {"f"}


def test_install_one_by_one_with_demo(with_demo):
    rows = dev.psql("SELECT name, demo FROM ir_module_module WHERE state = 'installed'", with_demo)
    installed = dict(rows)
    assert {addon: installed.get(addon) for addon in dev.addons()} == dict.fromkeys(
        dev.addons(), "t"
    )


def check_upgrade(database):
    with copy_of(database) as upgraded:
        quiet(
            dev.run_odoo(
                "-d",
                upgraded,
                "-u",
                ",".join(dev.addons()),
                "--stop-after-init",
                "--no-http",
                log=log("upgrade"),
            )
        )
        before, after = contents(database), contents(upgraded)
        changed = [name for name in before | after if before.get(name) != after.get(name)]
        common = [name for name in changed if name in before and name in after]
        assert not changed, "the upgrade changed data:\n" + "\n".join(
            row_difference(database, upgraded, name) for name in common
        )
        assert schema(database) == schema(upgraded)


def test_upgrade_changes_nothing():
    with dev.fresh_database() as name:
        check_upgrade(name)


def test_upgrade_changes_nothing_with_demo(with_demo):
    check_upgrade(with_demo)


UNINSTALL = """
module = env["ir.module.module"].search([("name", "=", %r)])
module.button_immediate_uninstall()
"""

# Odoo must work as if the addons had never been there.
SELL = """
import json
from odoo import Command

partner = env["res.partner"].create({"name": "Buyer after the removal"})
product = env["product.product"].create({
    "name": "Thing after the removal", "is_storable": True, "list_price": 125000.0,
    "invoice_policy": "delivery",
})
warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 5)
order = env["sale.order"].create({
    "partner_id": partner.id,
    "order_line": [Command.create({"product_id": product.id, "product_uom_qty": 3})],
})
order.action_confirm()
picking = order.picking_ids
picking.move_ids.quantity = 3
picking.move_ids.picked = True
picking.button_validate()
invoice = order._create_invoices()
invoice.action_post()
env.cr.commit()
result = {
    "order": order.state,
    "delivery": picking.state,
    "delivered": order.order_line.qty_delivered,
    "invoice": invoice.state,
    "untaxed": invoice.amount_untaxed,
}
"""


def leftovers(database):
    """Anything of ours that PostgreSQL or Odoo's own tables still name."""
    found = [f"table {name}" for name in tables(database) if name.startswith("oms_")]
    found += [
        f"column {table}.{column}"
        for table, column in sorted(columns(database))
        if column.startswith("oms_")
    ]
    names = "|".join(dev.addons())
    queries = {
        "ir_model_data": "SELECT module || '.' || name FROM ir_model_data "
        f"WHERE module ~ '^({names})$'",
        "ir_model": "SELECT model FROM ir_model WHERE model LIKE 'oms.%'",
        "ir_model_fields": "SELECT model || '.' || name FROM ir_model_fields "
        r"WHERE name LIKE 'oms\_%'",
        "ir_cron": "SELECT cron_name FROM ir_cron c JOIN ir_act_server a "
        "ON a.id = c.ir_actions_server_id WHERE a.code LIKE '%oms%'",
        "ir_act_server": "SELECT name::text FROM ir_act_server WHERE code LIKE '%oms%'",
        "ir_ui_view": "SELECT name FROM ir_ui_view WHERE model LIKE 'oms.%' "
        r"OR arch_db::text LIKE '%oms\_%' OR key LIKE 'oms\_%'",
        "ir_rule": r"SELECT name FROM ir_rule WHERE domain_force LIKE '%oms\_%'",
        "ir_config_parameter": "SELECT key FROM ir_config_parameter WHERE key LIKE 'oms%'",
        "ir_sequence": "SELECT code FROM ir_sequence WHERE code LIKE 'oms%'",
        "ir_attachment": "SELECT name FROM ir_attachment WHERE res_model LIKE 'oms.%'",
    }
    for table, query in queries.items():
        found += [f"{table}: {row[0]}" for row in dev.psql(query, database)]
    return found


def check_uninstall(database, before):
    with copy_of(database) as removed:
        for addon in reversed(dev.addons()):
            _nothing, entries = dev.shell(removed, UNINSTALL % addon, log=log(f"uninstall-{addon}"))
            assert not entries, f"removing {addon} logged:\n" + "\n".join(entries)
            state = dev.psql(f"SELECT state FROM ir_module_module WHERE name = '{addon}'", removed)
            assert state == [["uninstalled"]]
        assert leftovers(removed) == []
        left = schema(removed) - schema(before)
        assert not left, "left in PostgreSQL:\n" + "\n".join(map(" ".join, sorted(left)))
        lost = schema(before) - schema(removed)
        assert not lost, "lost from PostgreSQL:\n" + "\n".join(map(" ".join, sorted(lost)))
        assert numbers(removed) == numbers(before)
        sold, entries = dev.shell(removed, SELL, log=log("sell"))
        quiet(entries)
        assert sold == {
            "order": "sale",
            "delivery": "done",
            "delivered": 3.0,
            "invoice": "posted",
            "untaxed": 375000.0,
        }, json.dumps(sold)


def test_uninstall_leaves_odoo_working():
    with dev.fresh_database() as name:
        check_uninstall(name, dev.ensure_template(dev.BASE))


def test_uninstall_leaves_odoo_working_with_demo(with_demo):
    check_uninstall(with_demo, dev.ensure_template(dev.BASE_DEMO))
