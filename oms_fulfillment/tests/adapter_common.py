"""What the tests of formats share: reading a file in one step, and spoiling it on purpose."""

import io
import re
import zipfile

import openpyxl

from ..adapters import registry
from ..adapters.canonical import parse
from ..adapters.workbook import open_workbook


def book(rows, title="orders"):
    """Return an xlsx file with one sheet."""
    workbook = openpyxl.Workbook()
    workbook.active.title = title
    for row in rows:
        workbook.active.append(row)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def read_rows(content):
    return [list(row) for row in open_workbook("file", content)[0].rows]


def open_orders(content):
    """Return ``(format, orders)`` of a file."""
    adapter, table = registry.detect(open_workbook("file", content))
    return adapter, adapter.read_orders(table)


def read_orders(content):
    return list(open_orders(content)[1])


def rewrite(content, change, part="xl/worksheets/sheet1.xml"):
    """Return the xlsx with ``change`` applied to the XML text of one part."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for info in source.infolist():
            data = source.read(info)
            if info.filename == part:
                data = change(data.decode()).encode()
            target.writestr(info.filename, data)
    return stream.getvalue()


def split_rows(xml):
    """Each cell in a row element of its own, and a size of one cell, as TikTok writes it."""

    def split(match):
        opening, cells = match.groups()
        parts = re.findall(r"<c .*?(?:/>|</c>)", cells)
        return "".join(f"{opening}{cell}</row>" for cell in parts)

    xml = re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1"', xml)
    return re.sub(r"(<row [^>]*>)(.*?)</row>", split, xml, flags=re.DOTALL)


def buyer_paid(order):
    """What the canonical order says the buyer paid."""
    shipping = order.shipping.amount + order.shipping.insurance
    discounts = order.discounted("seller") + order.discounted("platform")
    return order.goods - discounts + shipping + order.totals.platform_fee


class FormatCase:
    """Mixed into a test case: asserts about the orders of one file."""

    def parsed(self, orders):
        """Return ``{number: canonical order}``; every order must be without error, and tie."""
        parsed = {}
        for item in orders:
            order, errors, warnings = parse(item.payload)
            messages = [issue.message for issue in (*item.issues, *errors, *warnings)]
            self.assertFalse(messages, item.payload)
            if order.totals.total is not None and order.lines[0].tax_included:
                self.assertEqual(buyer_paid(order), order.totals.total, order.external_id)
            parsed[order.external_id] = order
        return parsed
