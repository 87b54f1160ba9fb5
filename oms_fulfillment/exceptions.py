"""The one exception type that carries what an RPC caller needs to act on a refusal."""

from odoo.exceptions import UserError


class OmsRefusal(UserError):
    """A refusal with a stable code beside its sentence.

    In the web client it is an ordinary ``UserError``; the RPC answers of this addon carry
    :attr:`code`, :attr:`field` and :attr:`next_step` as separate keys.
    """

    # The web client knows exceptions by the name of their class; of others it shows a traceback.
    context = {"exception_class": "odoo.exceptions.UserError"}

    def __init__(self, code, message, field=None, next_step=None):
        super().__init__(f"{message} {next_step}" if next_step else message)
        self.code = code
        self.message = message
        self.field = field
        self.next_step = next_step

    def as_error(self):
        """Return ``{code, field, message, next_step}``."""
        return {
            "code": self.code,
            "field": self.field,
            "message": self.message,
            "next_step": self.next_step,
        }
