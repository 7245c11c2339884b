"""The token: whoever has the address that was printed may use the page, and other users of the machine may not.

As notebooks do it: the address holds the token, the first answer to it a cookie, which the browser sends from then on.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from html import escape
from urllib.parse import parse_qsl

KEY = "token"


@dataclass(frozen=True)
class Token:
    """The token of one server. port: in the cookie's name, since browsers keep cookies by host alone."""

    port: int
    value: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def cookie(self) -> str:
        """The cookie's name."""
        return f"breakeven-{self.port}"

    @property
    def query(self) -> str:
        """What the printed address ends in."""
        return f"?{KEY}={self.value}"

    @property
    def set_cookie(self) -> bytes:
        """The header's value: not for scripts, and not with what other sites ask for."""
        return f"{self.cookie}={self.value}; Path=/; HttpOnly; SameSite=Lax".encode()

    def is_in_query(self, query: bytes) -> bool:
        """Whether the address has the token."""
        return any(key == KEY and self._is(value) for key, value in _pairs(query))

    def is_in_cookies(self, cookies: list[str]) -> bool:
        """Whether one of the headers has the cookie."""
        pairs = (part.strip().partition("=") for header in cookies for part in header.split(";"))
        return any(name == self.cookie and self._is(value) for name, _, value in pairs)

    def _is(self, value: str) -> bool:
        return secrets.compare_digest(value.encode(errors="replace"), self.value.encode())


def without(query: bytes) -> bytes:
    """A query without the token, whatever it was; unchanged where it has none."""
    parts = query.split(b"&")
    return b"&".join(part for part in parts if part.partition(b"=")[0] != KEY.encode())


def page_for_token(query: bytes) -> str:
    """The page that asks for the token, and goes on to the same address with it."""
    # Not shown but sent on: as it is, and not as `distributions.text.html` has it.
    kept = "".join(
        f'<input type="hidden" name="{escape(key)}" value="{escape(value)}">'
        for key, value in _pairs(without(query))
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Breakeven</title>'
        '<meta name="viewport" content="width=device-width">'
        '<body style="font:16px system-ui;margin:3em;max-width:40em">'
        "<h1>Breakeven</h1><p>This page needs the token of its server. Open the address that <code>breakeven serve"
        f"</code> printed, which ends in <code>?{KEY}=…</code>, or give the token here:</p>"
        f'<form method="get" action="">{kept}<input name="{KEY}" size="50" autocomplete="off" autofocus '
        'aria-label="Token"> <button>Open</button></form></body></html>'
    )


def _pairs(query: bytes) -> list[tuple[str, str]]:
    return parse_qsl(query.decode("latin-1"), keep_blank_values=True)
