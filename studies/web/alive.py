"""How many pages a server keeps: beyond that, those that no browser came for go first, then new ones are refused."""

from __future__ import annotations

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

MOST_PAGES = 50
"""A page takes about a megabyte, and its simulations share the processors with all others."""

_PARTS = "/_nicegui"
"""Below it lie the parts of pages, and nothing that is a page."""


class Bounded:
    """Middleware before whatever makes pages."""

    def __init__(self, app: ASGIApp, most: int = MOST_PAGES) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or connection."""
        if scope["type"] == "http" and not scope["path"].startswith(_PARTS) and not make_room(self._most):
            reason = (
                f"{self._most} pages are open on this server, which is the most. Close one, and try again.\n"
            )
            await PlainTextResponse(reason, 503, {"retry-after": "10"})(scope, receive, send)
            return
        await self._app(scope, receive, send)


def make_room(most: int) -> bool:
    """Whether there is room for one more page, after letting go of the oldest to which no browser is connected."""
    from nicegui import Client

    alive = list(Client.instances.values())
    unseen = sorted(
        (client for client in alive if not client.has_socket_connection), key=lambda client: client.created
    )
    excess = len(alive) - most + 1
    for client in unseen[: max(excess, 0)]:
        client.delete()
    return len(alive) - len(unseen) < most
