"""`breakeven serve` as a command: what it says, and how it ends."""

from __future__ import annotations

import re
import signal
import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest

from studies.cli import serve
from tests.command import ROOT, command, ended, patience, spawn, start


def refused(*arguments: str) -> str:
    done = spawn(command("serve", "--no-browser", *arguments), ROOT)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1
    return done.stderr.decode()


@pytest.mark.slow
def test_a_port_in_use_is_one_line() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert (
            refused("--port", str(port))
            == f"error: --port: {port} is in use; allowed: another port, or 0 for any free one\n"
        )


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_cannot_be_is_one_line(port: str) -> None:
    assert "a whole number from 0 to 65,535" in refused("--port", port)


@pytest.mark.slow
def test_a_host_that_is_not_ours_is_one_line() -> None:
    assert refused("--port", "0", "--host", "192.0.2.1").startswith(
        "error: --host: '192.0.2.1' cannot be listened on"
    )


@pytest.mark.slow
def test_a_bad_scenario_ends_before_it_listens() -> None:
    assert "nothing_here.toml" in refused("nothing_here.toml", "--port", "0")


def test_without_the_extra_one_line_says_what_to_install() -> None:
    code = (
        "import sys, importlib.util as u; find = u.find_spec;"
        "u.find_spec = lambda name, *a: None if name == 'nicegui' else find(name, *a);"
        "from studies.cli import main; sys.exit(main(['serve']))"
    )
    done = spawn([sys.executable, "-c", code], ROOT)
    assert done.returncode == 2
    assert (
        done.stderr == b"error: serve: needs NiceGUI, which is not installed; pip install 'breakeven[web]'\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "status", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_it_says_where_it_listens_and_ends_when_told(
    tmp_path: Path, number: signal.Signals, status: int, word: str
) -> None:
    scenario = tmp_path / "mine & yours.toml"
    scenario.write_text('[study]\ntitle = "Mine <only>"\n')
    with start(ROOT, "serve", "--no-browser", scenario, "--port", 0) as process:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        assert line.startswith("Listening on http://127.0.0.1:")
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(line.split()[2].partition("?")[0], timeout=patience())
        with urllib.request.urlopen(line.split()[2], timeout=patience()) as answer:
            page = answer.read().decode()
        process.send_signal(number)
        out, errors = ended(process)
    assert "mine___yours" in page
    assert "Mine <only>" not in page
    assert (process.returncode, out, errors) == (status, b"", f"{word}\n".encode())


def test_the_browser_is_opened_without_the_token_in_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(Path(url2pathname(urlparse(url).path))))
    serve._open("http://127.0.0.1:1/?token=secret")
    (page,) = opened
    assert 'url=http://127.0.0.1:1/?token=secret"' in page.read_text()
    assert page.parent.stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_quiet_and_without_a_browser_the_address_is_all_that_is_said(tmp_path: Path) -> None:
    with start(ROOT, "serve", "--no-browser", "--quiet", "--port", 0) as process:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        process.terminate()
        assert ended(process)[0] == b""
    assert re.fullmatch(r"Listening on http://127\.0\.0\.1:\d+/\?token=\S{43}\n", line)
