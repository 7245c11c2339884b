"""`breakeven serve`: the calculator in the browser."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from distributions.errors import Fault, UserError
from studies.cli import completion, options

DEFAULT_PORT = 8642
MOST_PORT = 65_535


@click.command(
    "serve",
    help="The calculator in the browser: every input of SCENARIO on sliders, and the answer with its uncertainty at "
    "every move. Listens on this machine alone unless told otherwise, and needs no network.",
    epilog="Example: breakeven serve my_bot.toml --port 0",
)
@click.argument("scenario", metavar="[SCENARIO]", required=False, shell_complete=completion.files)
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
        if not quiet:
            click.echo(f"Listening on {address} (Ctrl-C stops it)")
        if host not in ("127.0.0.1", "localhost", "::1"):
            click.echo(f"Anyone who can reach {host} can use this page; it asks for no password.", err=True)
        if browser:
            import webbrowser

            webbrowser.open(address)

    serve(library, listening, host, draws, ready)
