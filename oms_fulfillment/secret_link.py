"""Pages without a login, whose address is the right to see them: their tokens, routes and
headers."""

import secrets

from odoo import http

TOKEN_BYTES = 24
TOKEN_LENGTHS = range(20, 65)
HEADERS = {
    # The address must not leak or stay behind.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
}


def new_token():
    """Return an unguessable text that may stand in an address: 192 random bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def is_token(text):
    """Whether ``text`` could be a token; what can't be one is not looked for."""
    return isinstance(text, str) and text.isascii() and len(text) in TOKEN_LENGTHS


def find(records, field, token):
    """Return the record with this token, in superuser mode; empty when there is none.

    The caller's visitor has no account: the token is the right, and it is checked right here, in an
    index, so neither guessing nor timing leads to another record.
    """
    records = records.sudo()
    return records.search([(field, "=", token)], limit=1) if is_token(token) else records.browse()


def route(path, method, **options):
    """Return the decorator of a controller's method that serves such a page.

    :param str method: ``GET`` or ``POST``
    :param options: what else ``http.route`` is told
    """
    return http.route(
        path,
        type="http",
        auth="public",
        website=True,
        multilang=False,
        sitemap=False,
        methods=[method],
        **options,
    )


def headers(**policy):
    """Return the headers of such a page.

    :param policy: what the page may load, as ``style_src="'unsafe-inline'"``; nothing without it,
        and no policy at all when none is given
    """
    if not policy:
        return dict(HEADERS)
    sources = {"default_src": "'none'", **policy, "form_action": "'self'"}
    sources |= {"base_uri": "'none'", "frame_ancestors": "'none'"}
    told = "; ".join(f"{name.replace('_', '-')} {value}" for name, value in sources.items())
    return {**HEADERS, "Content-Security-Policy": told}
