"""`breakeven serve`: the calculator in the browser."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from distributions.errors import Fault, UserError
from studies.shared.command import completers, options

DEFAULT_PORT = 8642
MOST_PORT = 65_535


@click.command(
    "serve",
    help="The calculator in the browser: every input of SCENARIO on sliders, and the answer with its uncertainty at "
    "every move. Listens on this machine alone unless told otherwise, needs no network, and answers whoever has the "
    "address that it prints, which holds a token.",
    epilog="Example: breakeven serve my_bot.toml --port 0",
)
@click.argument("scenario", metavar="[SCENARIO]", required=False, shell_complete=completers.files)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="HOST", help="Address to listen on.")
@options.number(
    "--port", default=DEFAULT_PORT, least=0, most=MOST_PORT, help="Port to listen on; 0 takes any free one."
)
@options.draws
@click.option("--browser/--no-browser", default=True, help="Open the page in a browser.  [default: yes]")
@options.quiet
def command(scenario: str | None, host: str, port: int, draws: int, browser: bool, quiet: bool) -> None:
    """The command; runs until it is interrupted."""
    if find_spec("nicegui") is None:
        raise UserError(
            Fault("serve", "needs NiceGUI, which is not installed", hint="pip install 'breakeven[web]'")
        )
    from studies.web.library import Library
    from studies.web.server import bound, serve

    library = Library(Path(scenario) if scenario is not None else None)
    listening = bound(host, port)

    def ready(address: str) -> None:
        if not quiet or not browser:
            click.echo(f"Listening on {address}" + ("" if quiet else " (Ctrl-C stops it)"))
        if host not in ("127.0.0.1", "localhost", "::1"):
            click.echo(
                "Anyone who has this address and can reach it can use the page; whoever can listen in on the network "
                "can read the address.",
                err=True,
            )
        if browser:
            _open(address)

    serve(library, listening, host, draws, ready)


def _open(address: str) -> None:
    """Open the page in a browser, by way of a file that only this user may read.

    Other users of the machine see the arguments of a command, the browser's too, and the address holds the token.
    """
    import atexit
    import shutil
    import tempfile
    import webbrowser

    folder = Path(tempfile.mkdtemp(prefix="breakeven-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    page = folder / "open.html"
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={address}">'
        f'<title>Breakeven</title><a href="{address}">Open the calculator</a>\n'
    )
    webbrowser.open(page.as_uri())
