#!/usr/bin/env python3
"""What a long file costs: time and memory to read it, and to turn it into orders.

    benchmarks/intake_file.py [--rows 1000 50000] [--orders 2000] [--write]

A Shopee export of each length (50 columns, text cells, two or three rows in a hundred of one
order) is read in a process of its own, order by order, as the import does; the peak of its memory
is what the kernel says (VmHWM). The orders of a shorter file are then made, confirmed and reserved
in a fresh database in the way of the background import, and the memory of that process is noted
after each chunk: --orders 50000 does so with the whole long file.
--write puts the result into intake_file.md.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "scripts"))

import oms_dev as dev  # noqa: E402

FIXTURE = ROOT / "oms_fulfillment" / "tests" / "fixtures" / "shopee_order_all.xlsx"
REPORT = HERE / "intake_file.md"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def make_file(path, count):
    """Write an export of ``count`` rows without holding it in memory."""
    import openpyxl

    book = openpyxl.load_workbook(FIXTURE)
    headings, *rows = book.active.iter_rows(values_only=True)
    open_rows = [list(row) for row in rows if row[1] == "Perlu Dikirim"]
    pieces = headings.index("Jumlah Produk di Pesan")
    total = headings.index("Total Pembayaran")
    with (
        zipfile.ZipFile(FIXTURE) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for info in source.infolist():
            if info.filename != "xl/worksheets/sheet1.xml":
                target.writestr(info.filename, source.read(info))
        with target.open("xl/worksheets/sheet1.xml", "w") as stream:
            stream.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            stream.write(xml_row(1, headings))
            for number in range(count):
                row = [*open_rows[number % len(open_rows)]]
                row[0] = f"260704{number:08}"
                row[4] = f"SPX{number:012}"
                # what makes real files large: no two buyers and addresses are the same
                mark = hashlib.sha256(str(number).encode()).hexdigest()
                row[headings.index("Username (Pembeli)")] = f"pembeli_{mark[:12]}"
                row[headings.index("Alamat Pengiriman")] = f"Jl. {mark[12:40]}, RT 01/RW 02"
                row[headings.index("Catatan dari Pembeli")] = mark[40:]
                row[pieces] = row[headings.index("Jumlah")]
                row[total] = None
                stream.write(xml_row(number + 2, row))
            stream.write(b"</sheetData></worksheet>")


def xml_row(number, cells):
    parts = "".join(
        f'<c t="inlineStr"><is><t>{escape(str(cell))}</t></is></c>' if cell is not None else "<c/>"
        for cell in cells
    )
    return f'<row r="{number}">{parts}</row>'.encode()


def peak():
    """Peak memory of this process in MB."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


def resident():
    """Memory of this process now, in MB."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


# ------------------------------------------------------- in a process of their own


def read_worker(path):
    """Read a file as the import does; nothing of Odoo is loaded."""
    import types

    package = types.ModuleType("adapters")
    package.__path__ = [str(ROOT / "oms_fulfillment" / "adapters")]
    sys.modules["adapters"] = package
    import importlib

    importlib.import_module("adapters.shopee")
    files = importlib.import_module("adapters.files")
    before = peak()
    start = time.process_time()
    content = Path(path).read_bytes()
    orders = files.open_orders("file", content).orders
    count = sum(1 for _order in orders)
    print(
        json.dumps(
            {
                "orders": count,
                "seconds": time.process_time() - start,
                "megabytes": len(content) / 2**20,
                "before": before,
                "peak": peak(),
            }
        )
    )


def import_worker(path, database):
    """Make the orders of a file by the background import; memory after each chunk."""
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(["-d", database])
    content = Path(path).read_bytes()
    with Registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
        rupiah = env.ref("base.IDR")
        rupiah.active = True
        pricelist = env["product.pricelist"].create({"name": "IDR", "currency_id": rupiah.id})
        shelf = env["stock.warehouse"].search([], limit=1).lot_stock_id
        for sku in ("TEE-BLK-M", "CAP-RED", "0012345", "GIFT-STK"):
            product = env["product.product"].create(
                {"name": sku, "default_code": sku, "is_storable": True, "taxes_id": False}
            )
            env["stock.quant"]._update_available_quantity(product, shelf, 1_000_000)
        channel = env["oms.channel"].create(
            {
                "name": "File",
                "code": "FILE",
                "kind": "file",
                "payment_policy": "escrow",
                "auto_confirm": True,
                "warehouse_id": env["stock.warehouse"].search([], limit=1).id,
                "pricelist_id": pricelist.id,
            }
        )
        record = env["oms.import.file"].create(
            {
                "name": "file.xlsx",
                "channel_id": channel.id,
                "content": base64.b64encode(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "scope": "all",
                "state": "waiting",
            }
        )
        cr.commit()
        memory = []
        start, cpu = time.perf_counter(), time.process_time()

        def report(_done, left):
            env.flush_all()
            cr.commit()
            memory.append(resident())
            return 1 if left else 0

        record._run(report)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        cr.commit()
        orders = env["sale.order"].search([("oms_channel_id", "=", channel.id)])
        ready = env["stock.picking"].search_count(
            [("sale_id", "in", orders.ids), ("state", "=", "assigned")]
        )
        assert ready == record.new_count == len(orders), (ready, record.new_count, len(orders))
        print(
            json.dumps(
                {
                    "peak": peak(),
                    "orders": record.new_count,
                    "waiting": record.waiting_count,
                    "seconds": seconds,
                    "cpu": cpu,
                    "memory": memory,
                }
            )
        )


def worker(task, *arguments):
    done = subprocess.run(
        [dev.PYTHON, __file__, "--worker", task, *map(str, arguments)],
        env=dev.odoo_environment() if task == "import" else os.environ,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


# ----------------------------------------------------------------------- the report


def report(readings, made):
    lines = [
        "# What a long file costs",
        "",
        f"{date.today()}, 2 cores that did other work as well. Made by "
        "`benchmarks/intake_file.py --write`.",
        "",
        "| rows | file | CPU to read it | peak memory of the process | of it, before the file |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {rows:,} | {one['megabytes']:.1f} MB | {one['seconds']:.1f} s | {one['peak']:.0f} MB "
        f"| {one['before']:.0f} MB |"
        for rows, one in readings.items()
    ]
    lines += [
        "",
        "The file itself is in memory (at most 20 MB are accepted), its rows are not: they go "
        "through a",
        "temporary SQLite file, and orders come out of it one at a time.",
    ]
    if made:
        memory = made["memory"]
        lines += [
            "",
            f"{made['orders']:,} orders went from a file to reserved transfers, in chunks of 200 "
            "that commit:",
            f"{made['cpu'] * 1000 / made['orders']:.0f} ms of Odoo's CPU per order, "
            f"{made['orders'] / made['seconds']:.1f} orders/s by one process. Its memory was "
            f"{memory[0]:.0f} MB",
            f"after the first chunk and {memory[-1]:.0f} MB after the last; "
            f"{made['peak']:.0f} MB was its peak.",
        ]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[1000, 50_000])
    parser.add_argument("--orders", type=int, default=2000)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--worker", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        task, *arguments = options.worker
        (read_worker if task == "read" else import_worker)(*arguments)
        return
    readings, made = {}, None
    with tempfile.TemporaryDirectory() as folder:
        for rows in options.rows:
            path = Path(folder) / f"{rows}.xlsx"
            make_file(path, rows)
            readings[rows] = worker("read", path)
        if options.orders:
            path = Path(folder) / "import.xlsx"
            make_file(path, options.orders)
            with dev.fresh_database(dev.FULL) as database:
                made = worker("import", path, database)
    page = report(readings, made)
    print(page)
    if options.write:
        REPORT.write_text(page)


if __name__ == "__main__":
    main()
