"""The server: a socket, the guard before it, and a page for each browser."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from distributions.errors import Fault, UserError
from studies.web.alive import Bounded
from studies.web.guard import LOOPBACK, Guard
from studies.web.library import Library
from studies.web.token import Token

HERE = Path(__file__).parent
_EVERYWHERE = ("0.0.0.0", "::", "")


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes any free one.

    Raises UserError where the port is in use, may not be had, or the host is none of this machine's.
    """
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise UserError(Fault("--host", f"'{host}' is no address of this machine", "127.0.0.1")) from error
    listening = socket.socket(family, kind, proto)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(64)
    except PermissionError:
        listening.close()
        raise UserError(
            Fault("--port", f"{port} may not be had", "a port from 1024 on, or 0 for any free one")
        ) from None
    except OSError as error:
        listening.close()
        import errno

        if error.errno == errno.EADDRINUSE:
            raise UserError(
                Fault("--port", f"{port} is in use", "another port, or 0 for any free one")
            ) from None
        raise UserError(
            Fault("--host", f"'{host}' cannot be listened on: {error.strerror}", "127.0.0.1")
        ) from None
    return listening


def serve(
    library: Library, listening: socket.socket, host: str, draws: int, ready: Callable[[str], None]
) -> None:
    """Serve until interrupted.

    draws: of each answer. ready: called with the page's address, which holds the token, once it answers.
    """
    import uvicorn
    from fastapi import FastAPI
    from nicegui import Client, app, ui

    from studies.web import compute, log
    from studies.web.page import Calculator

    log.keep_short()
    ui.add_css((HERE / "style.css").read_text(encoding="utf-8"), shared=True)
    ui.add_head_html(f"<script>{(HERE / 'page.js').read_text(encoding='utf-8')}</script>", shared=True)

    @ui.page("/", title="Breakeven")
    def page(client: Client) -> None:
        calculator = Calculator(library, client.request.url.query, draws)
        client.on_connect(calculator.arrive)
        client.on_disconnect(calculator.leave)

    name, port = listening.getsockname()[:2]
    shown = (
        "127.0.0.1"
        if name == "0.0.0.0"
        else "[::1]"
        if name == "::"
        else f"[{name}]"
        if ":" in name
        else name
    )
    token = Token(port)
    address = f"http://{shown}:{port}/{token.query}"
    outer = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    ui.run_with(
        outer, title="Breakeven", dark=None, language="en-US", tailwind=False, show_welcome_message=False,
        reconnect_timeout=10.0, binding_refresh_interval=None,
    )  # fmt: skip
    app.on_startup(lambda: ready(address))
    compute.warm(library.scenario(library.default))
    names = {*LOOPBACK, host.lower(), name} if host not in _EVERYWHERE else {*LOOPBACK, socket.gethostname()}
    guarded = Guard(Bounded(outer), names, token, any_address=host in _EVERYWHERE)
    config = uvicorn.Config(
        guarded, log_level="warning", ws="wsproto", ws_max_size=1 << 20, access_log=False, lifespan="on",
        server_header=False, timeout_graceful_shutdown=2,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listening])
