"""What can go wrong between us and a courier's server, by what may be done about it."""


class CourierError(Exception):
    """A call that did not do what it was for.

    :ivar code: what is wrong; the models say it in the user's language
    :ivar detail: the courier's own words, without secrets
    :ivar retry_after: seconds that the courier asks to wait, or ``None``
    :ivar doubt: an earlier call may have got through, and this one did not settle it
    """

    doubt = False

    def __init__(self, code, detail="", retry_after=None):
        detail = str(detail or "")[:300]
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.retry_after = retry_after


class Temporary(CourierError):
    """Nothing has happened at the courier; the same call may work later."""


class Permanent(CourierError):
    """The courier refused; the same call is refused again until a person changes something."""


class UnknownOutcome(CourierError):
    """It was sent, and nobody knows what the courier made of it: ask before sending it again."""
