"""The one place from which the addon calls couriers' servers.

Every call has a limit for each byte and one for the whole, follows no redirects, reads no endless
answers, and writes no secret anywhere: not into the log, not into an error.
"""

import json
import logging
import time
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from .errors import Permanent, Temporary, UnknownOutcome

_logger = logging.getLogger(__name__)

# The whole of a call; leases of jobs are longer.
TOTAL_SECONDS = 60
MAX_ANSWER = 4_000_000
CHUNK = 65536
HIDDEN = "***"


@dataclass(slots=True)
class Answer:
    """What came back with a status that is the connector's to judge (2xx and most of 4xx)."""

    status: int
    content: bytes
    headers: object
    reason: str = ""
    changes: bool = False

    @property
    def data(self):
        """The JSON of the answer, always a dict.

        :raise UnknownOutcome: where the call may have changed something
        :raise Temporary: where it only asked
        """
        try:
            data = json.loads(self.content)
        except (ValueError, RecursionError):
            data = None
        if isinstance(data, dict):
            return data
        if self.status >= 400:
            return {}
        raise (UnknownOutcome if self.changes else Temporary)("no_json")

    def check_json(self):
        """Raise what :attr:`data` raises, for those who read the content themselves."""
        return bool(self.data)

    @property
    def good(self):
        return 200 <= self.status < 300


class Door:
    """Calls of one account."""

    def __init__(self, account, base_url, headers=None):
        self.account = account
        self.base_url = (account.base_url or base_url).rstrip("/")
        self.headers = headers or {}

    def get(self, path, query=None):
        return self.call("GET", path, query=query)

    def post(self, path, payload, changes=False):
        return self.call("POST", path, payload=payload, changes=changes)

    def call(self, method, path, payload=None, query=None, changes=False):
        """Call the provider.

        :param bool changes: the call books or cancels something, so an answer that never came
            leaves its outcome unknown
        :rtype: Answer
        """
        content = None if payload is None else json.dumps(payload).encode()
        headers = {"Accept": "application/json", **self.headers}
        if content is not None:
            headers["Content-Type"] = "application/json"
        return self.send(method, self.base_url + path, headers, content, query, changes)

    def send(self, method, url, headers, content=None, query=None, changes=False):
        started = time.monotonic()
        lost = UnknownOutcome if changes else Temporary
        result = "?"
        try:
            answer = self._exchange(method, url, headers, content, query, changes)
            result = answer.status
        except requests.Timeout as error:
            result = "timeout"
            if isinstance(error, requests.ConnectTimeout):
                raise Temporary("not_reached", result) from None
            raise lost("no_answer", result) from None
        except requests.ConnectionError as error:
            result = type(error).__name__
            if _never_left(error):
                raise Temporary("not_reached", result) from None
            raise lost("no_answer", result) from None
        except (requests.RequestException, UnicodeError, OSError) as error:
            result = type(error).__name__
            raise lost("no_answer", result) from None
        finally:
            _logger.info(
                "%s %s %s: %s in %d ms",
                self.account.provider,
                method,
                self.redact(urlsplit(url).path),
                result,
                (time.monotonic() - started) * 1000,
            )
        self._judge(answer, lost)
        return answer

    def _exchange(self, method, url, headers, content, query, changes):
        with requests.Session() as session:
            # The machine's netrc and proxies of other programs are none of our business.
            session.trust_env = False
            with session.request(
                method,
                url,
                params=query,
                data=content,
                headers=headers,
                timeout=self.account.timeout,
                allow_redirects=False,
                stream=True,
            ) as answer:
                body = self._read(answer)
                return Answer(answer.status_code, body, answer.headers, answer.reason, changes)

    def _read(self, answer):
        """Read the body within the limits: a byte now and then is no answer either."""
        until = time.monotonic() + TOTAL_SECONDS - self.account.timeout
        body = b""
        for chunk in answer.iter_content(CHUNK):
            body += chunk
            if len(body) > MAX_ANSWER or time.monotonic() > until:
                raise requests.Timeout
        return body

    def _judge(self, answer, lost):
        """Raise for the statuses that mean the same with every provider."""
        if answer.good:
            return
        detail = self.redact(_words(answer))
        if answer.status == 429:
            raise Temporary("busy", detail, _seconds(answer.headers.get("Retry-After")))
        if answer.status >= 500:
            retry_after = _seconds(answer.headers.get("Retry-After"))
            raise lost("server", detail, retry_after)
        if answer.status in (401, 403):
            raise Permanent("access", detail)
        if answer.status < 400:
            raise Permanent("redirect", detail)

    def redact(self, text):
        """``text`` without the account's secrets, however they are spelled."""
        text = str(text)
        for secret in self.account.secrets:
            for spelling in (secret, quote(secret, safe="")):
                text = text.replace(spelling, HIDDEN)
        return text


def _never_left(error):
    """Whether the connection was never made, so that nothing can have happened."""
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _seconds(value):
    return int(value) if value and value.isascii() and value.isdigit() else None


def _words(answer):
    """What the provider says about a call that failed, in one line."""
    try:
        data = json.loads(answer.content)
    except (ValueError, RecursionError):
        data = None
    told = ""
    if isinstance(data, dict):
        told = data.get("error") or data.get("message") or data.get("text") or ""
    return f"HTTP {answer.status} {told if isinstance(told, str) else ''}".strip()[:200]
