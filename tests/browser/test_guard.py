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

pytestmark = pytest.mark.slow

SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket&client_id=x"


def cookie(address: str) -> dict[str, str]:
    """What a browser sends that has been to the printed address."""
    _, headers, _ = ask(address, {}, f"/?{urlparse(address).query}")
    given = headers["set-cookie"]
    assert "HttpOnly" in given
    assert "SameSite=Lax" in given
    return {"Cookie": given.partition(";")[0]}


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
    port, known = urlparse(address).port, cookie(address)
    for name in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}"):
        assert ask(address, {"Host": name, "Origin": f"http://{name}", **known})[0] == 200
    own = {"Origin": f"http://127.0.0.1:{port}", **known}
    assert switched(address, own)


def switched(address: str, headers: dict[str, str]) -> bool:
    """Whether the server takes a websocket."""
    port = urlparse(address).port
    lines = "".join(f"{key}: {value}\r\n" for key, value in upgrade(headers).items())
    with socket.create_connection(("127.0.0.1", port), timeout=patience()) as connection:
        connection.sendall(f"GET {SOCKET} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{lines}\r\n".encode())
        return connection.recv(100).startswith(b"HTTP/1.1 101")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cookie": "breakeven-{port}="},
        {"Cookie": "breakeven-{port}=guess; breakeven-1={token}"},
        {"Cookie": "{token}"},
        {"Authorization": "token {token}"},
    ],
)
def test_without_the_token_nothing_is_shown(address: str, headers: dict[str, str]) -> None:
    parts = urlparse(address)
    token = parts.query.removeprefix("token=")
    sent = {key: value.format(port=parts.port, token=token) for key, value in headers.items()}
    for path in (
        "/",
        "/?token=",
        f"/?token={token[:-1]}",
        f"/?s=support_bot&tokens={token}",
        "/_nicegui/x",
        "/favicon.ico",
    ):
        status, headers_back, body = ask(address, sent, path)
        assert status == 403
        assert "set-cookie" not in headers_back
        assert "token" in body
        assert "support" not in body.lower().replace('value="support_bot"', "")
    assert not switched(address, sent)


def test_the_page_that_asks_for_the_token_keeps_the_link(address: str) -> None:
    _, headers, body = ask(address, {}, "/?s=x%22%3E%3Cscript%3E&price.input=3")
    assert headers["content-type"].startswith("text/html")
    assert '<input type="hidden" name="price.input" value="3">' in body
    assert 'value="x&quot;&gt;&lt;script&gt;"' in body


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, 200),
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 200),
    ],
)
def test_what_another_site_asks_for_is_refused_unless_a_link_was_followed(
    address: str, headers: dict[str, str], status: int
) -> None:
    assert ask(address, {**headers, **cookie(address)})[0] == status


def test_security_headers(address: str) -> None:
    for path in ("/", "/favicon.ico", "/nothing"):
        _, headers, _ = ask(address, {}, path)
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_a_prefix_from_outside_does_not_get_into_the_page(address: str) -> None:
    _, _, body = ask(address, {"X-Forwarded-Prefix": "/evil<script>", **cookie(address)})
    assert "evil" not in body


@pytest.mark.parametrize("chunked", [False, True])
def test_a_hundred_megabytes_are_refused(address: str, chunked: bool) -> None:
    part, parts, known = b"x" * 1_000_000, 100, cookie(address)
    with closing(http.client.HTTPConnection(urlparse(address).netloc, timeout=patience())) as connection:
        connection.putrequest("POST", "/_nicegui/client/x/upload/1")
        connection.putheader("Content-Type", "multipart/form-data; boundary=b")
        connection.putheader("Cookie", known["Cookie"])
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
    assert ask(address, known)[0] == 200
