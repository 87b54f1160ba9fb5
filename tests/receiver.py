"""A channel that is called: a real HTTP server that answers as it is told to."""

import contextlib
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """Answers with the statuses of ``script``, one per call, then with 200.

    The status ``"hang"`` answers only when the test is over.
    """

    def __init__(self, port=0):
        self.script = []
        self.calls = []
        self.secret = None
        self._over = threading.Event()
        handler = type("Handler", (_Handler,), {"receiver": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/oms"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exc):
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def taken(self):
        """The events that were answered with 200, in the order of their arrival."""
        return [event for status, event, _headers in self.calls if status == 200]

    def take(self, headers, body):
        expected = hmac.new(
            self.secret.encode(), headers["X-OMS-Timestamp"].encode() + b"." + body, hashlib.sha256
        ).hexdigest()
        good = hmac.compare_digest(headers["X-OMS-Signature"], "sha256=" + expected)
        status = self.script.pop(0) if self.script else 200
        status = status if good else 401
        self.calls.append((status, json.loads(body), dict(headers)))
        if status == "hang":
            self._over.wait(60)
            status = 503
        return status


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.receiver.take(self.headers, body)
        # A caller that did not wait for the answer is gone by now.
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_args):
        pass
