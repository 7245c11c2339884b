"""What reaches the server: its own pages alone, and nothing large. Over plain sockets, as an attacker's page would."""

from __future__ import annotations

import base64
import http.client
import os
import socket
from contextlib import closing, suppress
from urllib.parse import urlparse

import pytest

from tests.command import patience

SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket&client_id=x"


def ask(address: str, headers: dict[str, str], path: str = "/") -> tuple[int, http.client.HTTPMessage, str]:
    with closing(http.client.HTTPConnection(urlparse(address).netloc, timeout=patience())) as connection:
        connection.putrequest("GET", path, skip_host="Host" in headers)
        for key, value in headers.items():
            connection.putheader(key, value)
        connection.endheaders()
        with connection.getresponse() as answer:
            return answer.status, answer.headers, answer.read().decode(errors="replace")


def upgrade(headers: dict[str, str]) -> dict[str, str]:
    key = base64.b64encode(os.urandom(16)).decode()
    return {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key,
        **headers,
    }  # fmt: skip


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", ""],
)
def test_another_name_is_refused(address: str, host: str) -> None:
    headers = {"Host": host.format(port=urlparse(address).port)}
    status, _, body = ask(address, headers)
    assert (status, body) == (403, "This server does not go by that name.\n")
    assert ask(address, upgrade(headers), SOCKET)[0] == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://127.0.0.1:{port}", "http://127.0.0.1:1", "null", ""]
)
def test_another_origin_is_refused(address: str, origin: str) -> None:
    headers = {"Origin": origin.format(port=urlparse(address).port)}
    assert ask(address, headers)[0] == 403
    assert ask(address, upgrade(headers), SOCKET)[0] == 403
    polling = SOCKET.replace("websocket", "polling")
    assert ask(address, headers, polling)[0] == 403


def test_its_own_page_is_let_in_by_either_name_of_this_machine(address: str) -> None:
    port = urlparse(address).port
    for name in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}"):
        assert ask(address, {"Host": name, "Origin": f"http://{name}"})[0] == 200
    own = {"Origin": f"http://127.0.0.1:{port}"}
    lines = "".join(f"{key}: {value}\r\n" for key, value in upgrade(own).items())
    with socket.create_connection(("127.0.0.1", port), timeout=patience()) as connection:
        connection.sendall(f"GET {SOCKET} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{lines}\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 101")


def test_security_headers(address: str) -> None:
    for path in ("/", "/favicon.ico", "/nothing"):
        _, headers, _ = ask(address, {}, path)
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_a_prefix_from_outside_does_not_get_into_the_page(address: str) -> None:
    _, _, body = ask(address, {"X-Forwarded-Prefix": "/evil<script>"})
    assert "evil" not in body


@pytest.mark.parametrize("chunked", [False, True])
def test_a_hundred_megabytes_are_refused(address: str, chunked: bool) -> None:
    part, parts = b"x" * 1_000_000, 100
    with closing(http.client.HTTPConnection(urlparse(address).netloc, timeout=patience())) as connection:
        connection.putrequest("POST", "/_nicegui/client/x/upload/1")
        connection.putheader("Content-Type", "multipart/form-data; boundary=b")
        if chunked:
            connection.putheader("Transfer-Encoding", "chunked")
        else:
            connection.putheader("Content-Length", str(len(part) * parts))
        connection.endheaders()
        with suppress(BrokenPipeError, ConnectionResetError):  # hung up on before all was sent
            for _ in range(parts):
                connection.send(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
            if chunked:
                connection.send(b"0\r\n\r\n")
        with connection.getresponse() as answer:
            assert answer.status == (411 if chunked else 413)
            assert "at most 1,000,000 bytes" in answer.read().decode()
    assert ask(address, {})[0] == 200
