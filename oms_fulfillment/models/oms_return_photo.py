import base64
import binascii

from odoo import api, fields, models

from ..engine import picture as engine
from ..exceptions import OmsRefusal


class OmsReturn(models.Model):
    """The pictures of a return: looked at before they are kept, and kept without their secrets."""

    _inherit = "oms.return"

    photo_ids = fields.Many2many(
        "ir.attachment", string="Photos", compute="_compute_photo_ids", compute_sudo=True
    )

    @api.depends("message_attachment_count")
    def _compute_photo_ids(self):
        Attachment = self.env["ir.attachment"]
        found = Attachment.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("mimetype", "=like", "image/%"),
            ],
            order="id",
        ).grouped("res_id")
        for case in self:
            case.photo_ids = found.get(case.id, Attachment)

    @api.model
    def _parse_photos(self, values):
        """Return the cleaned pictures that a caller sent in base64.

        :raise OmsRefusal: ``too_many``, ``too_large``, ``no_picture``
        """
        if not isinstance(values or [], list):
            raise ValueError("photos is a list")
        try:
            contents = [base64.b64decode(value, validate=True) for value in values or []]
        except (binascii.Error, TypeError, ValueError):
            raise self._photo_refusal("no_picture") from None
        return self._clean_photos(contents)

    @api.model
    def _clean_photos(self, contents):
        try:
            return engine.clean_all(contents)
        except engine.BadPicture as error:
            raise self._photo_refusal(error.code) from None

    def _keep_photos(self, pictures):
        """Keep cleaned pictures with this return."""
        self.ensure_one()
        start = len(self.photo_ids) + 1
        self.env["ir.attachment"].create(
            [
                {
                    "name": f"{self.name}-{number}.jpg",
                    "raw": picture,
                    "mimetype": "image/jpeg",
                    "res_model": self._name,
                    "res_id": self.id,
                }
                for number, picture in enumerate(pictures or [], start=start)
            ]
        )
        self.invalidate_recordset(["photo_ids"])

    @api.model
    def _photo_refusal(self, code):
        if code == "too_many":
            message = self.env._(
                "%(count)s photos at most come with a report.", count=engine.MAX_FILES
            )
            step = self.env._("Choose fewer and send the form again.")
        elif code == "too_large":
            message = self.env._(
                "A photo is larger than %(size)s MB.", size=engine.MAX_BYTES // 1024**2
            )
            step = self.env._("Choose a smaller one, or send none.")
        else:
            message = self.env._("A file is no JPEG or PNG photo.")
            step = self.env._("Choose another one, or send none.")
        return OmsRefusal(code, message, field="photos", next_step=step)
