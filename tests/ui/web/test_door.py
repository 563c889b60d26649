"""Who is let in: the table of requests, each with what is wrong with it."""

import pytest
from aiohttp.test_utils import make_mocked_request

from amn_tui.ui.web.door import Door, is_loopback

DOOR = Door("127.0.0.1", 8000, "s3cret")
HOST = {"Host": "127.0.0.1:8000"}
COOKIE = {"Cookie": "amn_tui_8000=s3cret"}
ORIGIN = {"Origin": "http://127.0.0.1:8000"}


@pytest.mark.parametrize(
    ("path", "headers", "reason"),
    [
        ("/?token=s3cret", HOST, ""),
        ("/", {**HOST, **COOKIE}, ""),
        ("/static/js/textual.js", {**HOST, **COOKIE}, ""),
        ("/ws?width=80", {**HOST, **COOKIE, **ORIGIN}, ""),
        ("/ws", {"Host": "localhost:8000", **COOKIE, "Origin": "http://localhost:8000"}, ""),
        ("/", HOST, "no token"),
        ("/?token=wrong", HOST, "no token"),
        ("/?token=", HOST, "no token"),
        ("/", {**HOST, "Cookie": "amn_tui_8001=s3cret"}, "no token"),
        ("/static/js/textual.js?token=s3cret", HOST, "no token"),
        ("/ws?token=s3cret", {**HOST, **ORIGIN}, "no token"),
        ("/ws", {**HOST, **COOKIE}, "no Origin"),
        ("/ws", {**HOST, **COOKIE, "Origin": "http://evil.example"}, "another Origin"),
        ("/ws", {**HOST, **COOKIE, "Origin": "http://localhost:8000"}, "another Origin"),
        ("/ws", {**HOST, **COOKIE, "Origin": "https://127.0.0.1:8000"}, "another Origin"),
        ("/ws", {**HOST, **COOKIE, "Origin": "null"}, "another Origin"),
        ("/", {**HOST, **COOKIE, "Origin": "http://evil.example"}, "another Origin"),
        ("/", {"Host": "evil.example:8000", **COOKIE}, "another Host"),
        ("/", {"Host": "127.0.0.1:8001", **COOKIE}, "another Host"),
        ("/", {"Host": "127.0.0.1", **COOKIE}, "another Host"),
        ("/", {"Host": "127.0.0.1.evil.example:8000", **COOKIE}, "another Host"),
        ("/", COOKIE, "another Host"),
    ],
)
def test_who_is_let_in(path: str, headers: dict[str, str], reason: str) -> None:
    said = DOOR.refuse(make_mocked_request("GET", path, headers=headers))
    assert said.startswith(reason)
    assert bool(said) is bool(reason)


@pytest.mark.parametrize(
    ("host", "known"),
    [("192.0.2.7:8000", True), ("[2001:db8::1]:8000", True), ("evil.example:8000", False), ("192.0.2.7:1", False)],
)
def test_an_exposed_server_is_known_by_its_numbers_and_by_no_strange_name(host: str, known: bool) -> None:
    assert Door("0.0.0.0", 8000, "t").knows_host(host) is known  # noqa: S104
    assert Door("box.example", 8000, "t").knows_host("box.example:8000")


def test_loopback_is_told_from_what_others_can_reach() -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost")] == [True] * 4
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "192.0.2.7", "box.example", ""))  # noqa: S104


def test_the_address_has_the_token_and_brackets_where_they_belong() -> None:
    assert DOOR.url == "http://127.0.0.1:8000/?token=s3cret"
    assert Door("::1", 8000, "t").url == "http://[::1]:8000/?token=t"
