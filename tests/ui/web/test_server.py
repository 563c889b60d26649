"""A forged Origin, a wrong Host, a missing token: refused by a real server; who has the token gets the screen."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import aiohttp
import pytest

from amn_tui.cli import cli
from amn_tui.run.outcome import Phase
from amn_tui.ui.web.screen import make_app
from amn_tui.ui.web.server import MOST_SCREENS
from checks.errors import InputError

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
Serve = Callable[..., str]
DEADLINE_S = 60.0


async def open_session(address: str) -> tuple[aiohttp.ClientSession, str]:
    """Return a session that has the cookie, and the address without the token."""
    session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
    async with session.get(address) as page:
        assert page.status == 200
        assert str(page.url).endswith("/")  # the token has left the address
        assert "http" not in (await page.text()).replace("ws://127.0.0.1", "")
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    return session, f"http://{urlsplit(address).netloc}"


async def read_screen(socket: aiohttp.ClientWebSocketResponse, words: bytes) -> bytes:
    """Read until the words are drawn."""
    drawn = b""
    async with asyncio.timeout(DEADLINE_S):
        while words not in drawn:
            message = await socket.receive()
            assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), (message, drawn[-500:])
            drawn += message.data if isinstance(message.data, bytes) else message.data.encode()
    return drawn


async def test_who_has_the_token_gets_the_screen_and_others_do_not(serve: Serve) -> None:
    address = serve()
    session, base = await open_session(address)
    async with session:
        for path, headers in (
            ("/ws", {"Origin": "http://evil.example"}),
            ("/ws", {}),
            ("/ws", {"Origin": base, "Host": "evil.example"}),
            ("/", {"Host": f"evil.example:{urlsplit(base).port}"}),
            ("/", {"Origin": "http://evil.example"}),
        ):
            async with session.get(base + path, headers=headers) as refused:
                assert refused.status == 403, (path, headers)
        async with aiohttp.ClientSession() as stranger:
            for path in ("/", "/?token=wrong", "/static/js/textual.js"):
                async with stranger.get(base + path) as refused:
                    assert refused.status == 403, path
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await stranger.ws_connect(f"{base}/ws", origin=base)
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await session.ws_connect(f"{base}/ws", origin="http://evil.example")
        async with session.ws_connect(f"{base}/ws?width=120&height=40", origin=base) as socket:
            await read_screen(socket, b"COMPLETED")


@pytest.mark.parametrize("allow_abort", [False, True])
async def test_the_screen_asks_for_nothing_unless_it_may(ui: ModuleType, tmp_path: Path, allow_abort: bool) -> None:
    ui.write_folder(tmp_path / "run", ui.healthy())
    app = make_app(tmp_path / "run", allow_abort=allow_abort)
    assert app.requests.may_ask is allow_abort
    async with app.run_test() as pilot:
        while app.shown is None or app.shown.phase is not Phase.TRAINING:
            await pilot.pause(0.05)
        assert bool(app.check_action("abort", ())) is allow_abort


async def test_nonsense_ends_a_connection_and_there_are_only_so_many(serve: Serve) -> None:
    session, base = await open_session(serve())
    async with session:
        for nonsense in ("{", "{}", "[]", '["stdin"]', '["resize", 5]'):
            async with session.ws_connect(f"{base}/ws", origin=base) as socket:
                await read_screen(socket, b"leave")
                await socket.send_str(nonsense)
                async with asyncio.timeout(DEADLINE_S):
                    while not socket.closed:
                        await socket.receive()
        sockets = [await session.ws_connect(f"{base}/ws", origin=base) for _ in range(MOST_SCREENS)]
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await session.ws_connect(f"{base}/ws", origin=base)
        for socket in sockets:
            await socket.close()


def test_a_host_that_others_can_reach_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--expose"):
        cli.main(["serve", str(tmp_path), "--host", "0.0.0.0"], standalone_mode=False)  # noqa: S104
