"""What stands before the page: only its own pages are answered, to whoever has the token; bodies are kept small.

A page of another site, in the same browser, can send requests to a server on loopback; a name of that site can be made
to point there (DNS rebinding). So a request has to be addressed to this server by its own name, and where it says which
page it comes from (Origin, Sec-Fetch-Site), that has to be this one, for the websocket as well; a link that is followed
may stand anywhere. Other users of the machine reach it too: so it has to have the token.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from typing import Any

from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from distributions.tables.text_file import SIZE_LIMIT
from studies.web import token
from studies.web.token import Token

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MOST_BODY = SIZE_LIMIT + 100_000
"""Bytes: a scenario at its limit, and what a form adds to it."""
_LIMIT = f"a scenario has at most {SIZE_LIMIT:,} bytes."

_POLICY = "; ".join(
    (
        "default-src 'self'",
        # NiceGUI compiles its templates and event handlers in the browser, and starts from an inline script.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)

_STRIPPED = (b"x-forwarded-prefix", b"x-forwarded-host", b"forwarded")
"""NiceGUI would write these into the page."""


def host_of(value: str) -> tuple[str, int | None] | None:
    """Name and port of a Host header; None where it is none. IPv6 without its brackets."""
    name, colon, port = value.rpartition(":")
    if value.endswith("]") or not colon:
        name, port = value, ""
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    elif ":" in name:
        return None
    if not name or (colon and not value.endswith("]") and not port.isdigit()):
        return None
    return name.lower().rstrip("."), int(port) if port else None


class Guard:
    """Middleware before everything, HTTP and websocket.

    names: hosts that are this server's own; any address in numbers is too where `any_address` (it listens on all).
    """

    def __init__(
        self, app: ASGIApp, names: Collection[str], token: Token, *, any_address: bool = False
    ) -> None:
        self._app, self._token, self._any = app, token, any_address
        self._names = {name.lower() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = [(key.lower(), value.decode("latin-1")) for key, value in scope["headers"]]
        hosts = [value for key, value in headers if key == b"host"]
        origins = [value for key, value in headers if key == b"origin"]
        if len(hosts) != 1 or not self._is_this_server(hosts[0]):
            await _refuse(scope, receive, send, 403, "This server does not go by that name.")
            return
        if any(origin.lower() != f"http://{hosts[0].lower()}" for origin in origins):
            await _refuse(scope, receive, send, 403, "Requests from other pages are refused.")
            return
        if _is_from_elsewhere(scope, headers, bool(origins)):
            await _refuse(scope, receive, send, 403, "Requests from other pages are refused.")
            return
        by_address = self._token.is_in_query(scope["query_string"])
        cookies = [value for key, value in headers if key == b"cookie"]
        if not by_address and not self._token.is_in_cookies(cookies):
            await _ask_for_token(scope, receive, send)
            return
        if any(_too_long(value) for key, value in headers if key == b"content-length"):
            await _refuse(scope, receive, send, 413, f"Too large: {_LIMIT}")
            return
        if any(key == b"transfer-encoding" for key, _ in headers):
            await _refuse(scope, receive, send, 411, f"Of unknown length: {_LIMIT}")
            return
        kept = [(key, value) for key, value in scope["headers"] if key.lower() not in _STRIPPED]
        inner = {**scope, "headers": kept, "query_string": token.without(scope["query_string"])}
        more = ((b"set-cookie", self._token.set_cookie),) if by_address else ()
        await self._app(inner, receive, _marked(send, more))

    def _is_this_server(self, host: str) -> bool:
        address = host_of(host)
        if address is None or (address[1] or 80) != self._token.port:
            return False
        return address[0] in self._names or (self._any and _is_address(address[0]))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _too_long(length: str) -> bool:
    return not length.isdigit() or len(length) > 12 or int(length) > MOST_BODY


def _is_from_elsewhere(scope: Scope, headers: list[tuple[bytes, str]], has_own_origin: bool) -> bool:
    """Whether the browser says that a request comes from another site's page, and is no link that was followed.

    A websocket is held to its Origin, which browsers always send with it.
    """
    metadata = {key: value.lower() for key, value in headers if key.startswith(b"sec-fetch-")}
    if metadata.get(b"sec-fetch-site", "none") in ("none", "same-origin"):
        return False
    if scope["type"] == "websocket":
        return not has_own_origin
    followed = (
        metadata.get(b"sec-fetch-mode") == "navigate"
        and metadata.get(b"sec-fetch-dest", "document") == "document"
    )
    return not followed or scope["method"] not in ("GET", "HEAD")


def _marked(send: Send, more: Collection[tuple[bytes, bytes]] = ()) -> Send:
    """What is sent, with the headers of `HEADERS` and more."""

    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *HEADERS, *more]}
        await send(message)

    return marked


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, reason: str) -> None:
    if scope["type"] == "websocket":
        closed: dict[str, Any] = {"type": "websocket.close", "code": 1008, "reason": reason}
        await send(closed)
        return
    await PlainTextResponse(reason + "\n", status)(scope, receive, _marked(send))


async def _ask_for_token(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http" and scope["path"] == "/" and scope["method"] in ("GET", "HEAD"):
        asking = HTMLResponse(token.page_for_token(scope["query_string"]), 403, {"cache-control": "no-store"})
        await asking(scope, receive, _marked(send))
        return
    await _refuse(
        scope, receive, send, 403, "The token is missing: open the address that breakeven serve printed."
    )
