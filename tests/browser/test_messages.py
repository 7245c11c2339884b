"""Messages that the page never sends: a short line of log each, not too many lines, and no harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from studies.web.log import LONGEST, MOST
from tests.browser.conftest import Watched

pytestmark = pytest.mark.slow

SENT = """() => {
    const client_id = window.socket.io.opts.query.client_id;
    const odd = [undefined, null, 0, "x".repeat(5000), [], {}, { client_id }, { client_id, id: [] },
        { client_id, id: 4, args: ["{"] }, { client_id, id: {}, listener_id: 1 }, [[[[]]]], "\\u001b[31m\\nTraceback"];
    for (const name of ["event", "handshake", "ack", "javascript_response", "log", "no_such", "connect"])
        for (const one of odd) window.socket.io.engine.write("42" + JSON.stringify([name, one]));
    window.socket.emit("log", { client_id, level: "error", message: "first\\nTraceback (most recent call last):" });
    const id = Number(document.getElementById("calculator").closest("[id^=c]")?.id.slice(1) ?? 0);
    for (let element = 0; element < 40; element++)
        for (const args of [["[]"], ['"a"', "{}", "[[]]", "1"], ['"median"', "[]", "9e999", "true"]])
            window.socket.emit("event", { client_id, id: element, listener_id: "none", args });
    for (const raw of ["4", "42", "42[", "42{}", "451-[0]", "42[1]", "9", "4x"]) window.socket.io.engine.write(raw);
}"""


def test_hostile_messages_are_a_line_each(watched: Watched, browser: Browser, log: Path) -> None:
    watched.open()
    shown = watched.settle()
    before = len(log.read_bytes())
    watched.page.evaluate(SENT)
    for message in ("x", "", "4", "42", "42[", "451-[0]", "4\x00", "b", "99"):
        watched.page.evaluate(
            """message => new Promise(done => {
                const socket = new WebSocket(`ws://${location.host}/_nicegui_ws/socket.io/?EIO=4&transport=websocket`);
                socket.onopen = () => { socket.send("40"); socket.send(message); socket.send(new Uint8Array([4, 1])); };
                setTimeout(() => { socket.close(); done(); }, 200);
            })""",
            message,
        )
        status = watched.page.evaluate(
            """async message => {
                const path = "/_nicegui_ws/socket.io/?EIO=4&transport=polling";
                const { sid } = JSON.parse((await (await fetch(path)).text()).slice(1));
                return (await fetch(`${path}&sid=${sid}`, { method: "POST", body: message })).status;
            }""",
            message,
        )
        assert status in (200, 400)
    watched.said.clear()  # the browser says which requests were refused
    other = Watched(browser.new_context(), watched.address)
    other.open()
    assert other.settle() == shown
    other.context.close()
    said = log.read_bytes()[before:].decode()
    lines = said.splitlines()
    assert lines
    assert not any(line.startswith(("Traceback", "  File")) for line in lines)
    assert max(map(len, lines)) <= LONGEST
    assert len(lines) <= 3 * MOST
