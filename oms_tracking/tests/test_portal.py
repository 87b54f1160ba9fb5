import io
import re

from PIL import Image

from odoo.tests import BaseCase, new_test_user, tagged

from odoo.addons.oms_fulfillment.engine import picture as engine

from .test_page import PageCase


def photo(side=60, kind="JPEG", **options):
    stream = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(stream, kind, **options)
    return stream.getvalue()


@tagged("post_install", "-at_install", "oms_engine")
class TestPicture(BaseCase):
    def test_kept_small_and_without_its_secrets(self):
        exif = Image.Exif()
        exif[0x8825] = {1: "S"}
        exif[0x010F] = "Camera"
        kept = Image.open(io.BytesIO(engine.clean(photo(3000, exif=exif))))
        self.assertEqual((kept.format, max(kept.size)), ("JPEG", engine.SIDE))
        self.assertFalse(dict(kept.getexif()))

    def test_refused(self):
        script = b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"
        for content, code in (
            (b"GIF89a" + b"0" * 50, "no_picture"),
            (script, "no_picture"),
            (photo()[:300], "no_picture"),
            (b"0" * (engine.MAX_BYTES + 1), "too_large"),
        ):
            with self.assertRaises(engine.BadPicture) as refusal:
                engine.clean(content)
            self.assertEqual(refusal.exception.code, code)
        with self.assertRaises(engine.BadPicture) as refusal:
            engine.clean_all([photo()] * 4)
        self.assertEqual(refusal.exception.code, "too_many")
        self.assertEqual(engine.clean_all([b"", b""]), [])


@tagged("post_install", "-at_install")
class TestPageMore(PageCase):
    def report(self, parcel, files):
        line = parcel.order_id.order_line[0]
        html = self.page(parcel).text
        data = {f"quantity_{line.id}": 1, "reason": "defective"}
        for name in ("csrf_token", "nonce"):
            data[name] = re.search(rf'name="{name}" value="([^"]+)"', html)[1]
        return self.url_open(
            f"/track/{parcel.access_token}/report",
            data=data,
            files=[("photo", (f"{number}.jpg", content)) for number, content in enumerate(files)],
        )

    def test_photos_with_a_report(self):
        parcel = self.make_parcel()
        self.deliver(parcel)
        response = self.report(parcel, [b"<html>", photo()])
        self.assertEqual(response.status_code, 422)
        self.assertIn("no JPEG", response.text)
        self.assertFalse(parcel.order_id.oms_return_ids)
        response = self.report(parcel, [photo(), photo(kind="PNG")])
        self.assertEqual(response.status_code, 200, response.text)
        kept = self.env["ir.attachment"].search(
            [("res_model", "=", "oms.return"), ("res_id", "=", parcel.order_id.oms_return_ids.id)]
        )
        self.assertEqual(kept.mapped("mimetype"), ["image/jpeg"] * 2)
        self.assertFalse(any(kept.mapped("public")))

    def test_window_and_clock_of_the_customer(self):
        self.partner.state_id = self.env.ref("base.state_id_ba")
        parcel = self.make_parcel()
        parcel.write({"promised_from": "2099-11-26", "promised_to": "2099-11-28"})
        self.push(self.event(parcel, "picked_up", 1))
        html = self.page(parcel).text
        self.assertIn("Thu 26 - Sat 28 Nov", html)
        self.assertIn("12:00 WITA", html)

    def test_no_messages_please(self):
        self.env["oms.notice.rule"].with_context(active_test=False).search([]).active = True
        parcel = self.make_parcel()
        self.deliver(parcel)
        self.assertIn("Send me none", self.page(parcel).text)
        self.post(parcel, "messages", wanted="0")
        self.assertTrue(self.partner.oms_notice_opt_out)
        self.assertIn("messages again", self.page(parcel).text)
        self.post(parcel, "messages", wanted="1")
        self.assertFalse(self.partner.oms_notice_opt_out)

    def test_planned_parcels(self):
        parcel = self.make_order().oms_fulfillment_ids._plan_parcels()
        html = self.page(parcel).text
        self.assertIn("Packed, waiting for the courier", html)
        self.assertNotIn("Handed over", html)


@tagged("post_install", "-at_install")
class TestPortal(PageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        user = new_test_user(cls.env, "trk_siti", groups="base.group_portal", password="trk_siti")
        stranger = new_test_user(
            cls.env, "trk_stranger", groups="base.group_portal", password="trk_stranger"
        )
        cls.partner.parent_id = user.partner_id
        cls.stranger = stranger.partner_id

    def test_own_parcels_and_returns_only(self):
        parcel = self.make_parcel()
        planned = self.make_order().oms_fulfillment_ids._plan_parcels()
        planned.write({"courier_id": self.jne.id, "resi": "PLANNED1"})
        self.deliver(parcel)
        self.env["oms.return"].request([{"order": parcel.order_id.name, "reason": "defective"}])
        case = parcel.order_id.oms_return_ids
        self.env.flush_all()
        self.authenticate("trk_siti", "trk_siti")
        html = self.url_open("/my/parcels").text
        self.assertIn(parcel.resi, html)
        self.assertNotIn("PLANNED1", html)
        self.assertIn(case.name, self.url_open("/my/returns").text)
        page = self.url_open(f"/my/orders/{parcel.order_id.id}").text
        self.assertIn(parcel.resi, page)
        self.assertIn(case.name, page)
        landed = self.url_open(f"/my/parcels/{parcel.id}")
        self.assertTrue(landed.url.endswith(parcel.access_token))

        self.authenticate("trk_stranger", "trk_stranger")
        for path in ("/my/parcels", "/my/returns", "/my/home"):
            html = self.url_open(path).text
            self.assertNotIn(parcel.resi, html)
            self.assertNotIn(case.name, html)
        for number in (parcel.id, 10**9, 10**12):
            landed = self.url_open(f"/my/parcels/{number}")
            self.assertTrue(landed.url.endswith("/my/parcels"), "theirs and none look the same")

    def test_nobody(self):
        parcel = self.make_parcel()
        self.env.flush_all()
        for path in ("/my/parcels", f"/my/parcels/{parcel.id}", "/my/returns"):
            self.assertIn("/web/login", self.url_open(path).url)
