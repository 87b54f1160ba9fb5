from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from odoo.tests import tagged

from .intake_common import FIXTURES, IntakeCase

PLAIN = """\
Return-Path: <siti@pembeli.example>
From: Siti Rahma <Siti@Pembeli.example>
To: order@toko.example
Subject: Pesan 2 kaos hitam
Message-ID: <CAF-001@mail.pembeli.example>
Date: Wed, 1 Jul 2026 09:12:00 +0700
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 8bit

Halo kak, saya mau pesan 2 kaos hitam ukuran M.
Kirim ke Jl. Melati 1, Bandung. Terima kasih \U0001f64f
"""


@tagged("post_install", "-at_install")
class TestMail(IntakeCase):
    """Mails to the address of a channel."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain = cls.env["mail.alias.domain"].create({"name": "toko.example"})
        cls.env.company.alias_domain_id = domain
        cls.channel.write({"alias_name": "order", "alias_domain_id": domain.id})

    def receive(self, text):
        self.env["mail.thread"].message_process(None, text)
        return self.env["oms.mail"].search([("channel_id", "=", self.channel.id)], order="id")

    def with_files(self, *paths, number="F-1"):
        mail = EmailMessage()
        mail["From"] = "Toko Mitra <mitra@mitra.example>"
        mail["To"] = "order@toko.example"
        mail["Subject"] = "Pesanan hari ini"
        mail["Message-ID"] = f"<{number}@mitra.example>"
        mail.set_content("Terlampir.")
        for path in paths:
            mail.add_attachment(
                Path(path).read_bytes(),
                maintype="application",
                subtype="octet-stream",
                filename=Path(path).name,
            )
        return mail.as_bytes().decode()

    def test_address(self):
        self.assertEqual(self.channel.alias_email, "order@toko.example")
        self.assertEqual(self.channel.alias_id.alias_model_id.model, "oms.mail")

    def test_mail_without_a_file_becomes_a_draft_with_the_mail_beside_it(self):
        mail = self.receive(PLAIN)
        order = mail.order_id
        self.assertEqual((mail.state, order.state), ("drafted", "draft"))
        self.assertEqual(order.oms_channel_id, self.channel)
        self.assertEqual(order.partner_id.email, "siti@pembeli.example")
        self.assertEqual(order.partner_id.name, "Siti Rahma")
        self.assertIn("2 kaos hitam ukuran M", str(order.message_ids.mapped("body")))
        self.env["sale.order"]._oms_refresh_touched()
        self.assertEqual((order.oms_stage_code, order.oms_blocker), ("placement", "missing_lines"))

    def test_known_sender_is_the_buyer(self):
        siti = self.env["res.partner"].create({"name": "Siti", "email": "SITI@pembeli.example"})
        mail = self.receive(PLAIN)
        self.assertEqual(mail.order_id.partner_id, siti)
        second = PLAIN.replace("CAF-001", "CAF-002")
        self.assertEqual(self.receive(second).order_id.partner_id, siti)

    def test_repeated_mail_makes_nothing_new(self):
        mail = self.receive(PLAIN)
        orders = self.env["sale.order"].search_count([])
        self.assertEqual(self.receive(PLAIN), mail)
        # also when somebody deleted the message from the chatter meanwhile
        mail.message_ids.sudo().unlink()
        self.assertEqual(self.receive(PLAIN), mail)
        self.assertEqual(self.env["sale.order"].search_count([]), orders)

    def test_attached_file_is_imported(self):
        path = FIXTURES / "shopee_order_all.xlsx"
        mail = self.receive(self.with_files(path))
        self.assertEqual(mail.state, "imported", mail.reason)
        self.assertTrue(mail.import_ids.intake_ids)
        self.assertFalse(mail.order_id)
        count = self.Intake.search_count([])
        # the same file in another mail
        again = self.receive(self.with_files(path, number="F-2"))[-1]
        self.assertEqual(again.state, "imported")
        self.assertIn(path.name, again.reason)
        self.assertEqual(self.Intake.search_count([]), count)

    def test_file_that_is_none_of_ours(self):
        mail = self.receive(self.with_files(__file__, FIXTURES.parent / "common.py"))
        self.assertEqual((mail.state, mail.reason), ("drafted", False))
        names = mail.order_id.message_ids.attachment_ids.mapped("name")
        self.assertEqual(sorted(names), ["common.py", "test_mail.py"])

    def test_file_that_can_not_be_read(self):
        path = Path(self.enterContext(TemporaryDirectory())) / "shopee_order_all.xlsx"
        path.write_bytes((FIXTURES / path.name).read_bytes()[:300])
        mail = self.receive(self.with_files(path))
        self.assertEqual(mail.state, "drafted")
        self.assertIn("shopee_order_all.xlsx", mail.reason)
        bodies = str(mail.order_id.message_ids.mapped("body"))
        self.assertIn("shopee_order_all.xlsx", bodies, "the agent reads why")

    def test_failure_keeps_the_mail(self):
        orders = type(self.env["sale.order"])

        def fail(orders, **values):
            raise ZeroDivisionError("no chatter today")

        logger = "odoo.addons.oms_fulfillment.models.oms_mail"
        with patch.object(orders, "message_post", fail), self.assertLogs(logger, "ERROR"):
            mail = self.receive(PLAIN)
        self.assertEqual(mail.state, "failed")
        self.assertIn("no chatter today", mail.reason)
        self.assertFalse(mail.order_id)
        mail.action_retry()
        self.assertEqual(mail.state, "drafted")
