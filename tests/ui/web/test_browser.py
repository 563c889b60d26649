"""The page in a real headless Chromium: it draws the run, loads nothing from elsewhere, and lets nobody else in."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from amn_tui.run.control import MonitorAttached
from amn_tui.run.outcome import ExitCode
from amn_tui.run.session import read_run
from checks.jsonl import decode_line
from docs.take_browser_picture import SANDBOX, find_chromium
from tests.ui.web.conftest import Serve
from tests.ui.web.tab import Tab

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install -e '.[dev]'")
CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium: apt install chromium"),
]
ELSEWHERE = "elsewhere.example"
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
CONFIRM = b"The trainer is asked to save"
OPEN_SOCKET = """address => new Promise(done => {
    const socket = new WebSocket(address);
    socket.onopen = () => done("open");
    socket.onerror = () => done("refused");
})"""
OpenTab = Callable[..., Tab]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium; one strange name leads to this machine, as its owner could make it do."""
    strange = f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1"
    unhelpful = "--disable-features=LocalNetworkAccessChecks"  # the server must refuse without the browser's help
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[SANDBOX, strange, unhelpful])
        yield browser
        browser.close()


@pytest.fixture
def open_tab(browser: Any) -> Iterator[OpenTab]:
    """Return a function that opens an address as somebody without cookies would."""
    contexts: list[Any] = []

    def start(address: str, *, phone: bool = False) -> Tab:
        contexts.append(browser.new_context(viewport=PHONE if phone else DESK, is_mobile=phone, has_touch=phone))
        tab = Tab(contexts[-1])
        tab.page.goto(address)
        return tab

    yield start
    for context in contexts:
        context.close()


def test_the_page_shows_the_run_and_loads_nothing_from_elsewhere(serve: Serve, open_tab: OpenTab) -> None:
    address = serve()
    tab = open_tab(address)
    tab.wait_for(b"COMPLETED")
    assert tab.page.url == f"http://{urlsplit(address).netloc}/"
    tab.wait_until(lambda: len(tab.page.screenshot()) > 20_000)  # what was received is not painted yet
    tab.press("?")
    tab.wait_for(b"this help")
    assert tab.page.evaluate("document.cookie") == ""
    asked = {(url.scheme, url.netloc) for url in tab.asked if url.scheme != "data"}
    assert asked == {("http", urlsplit(address).netloc)}
    assert tab.complaints == []


def test_a_key_stops_a_run_only_where_it_may(
    serve: Serve, open_tab: OpenTab, launch: Any, wait_until: Callable[[Callable[[], object]], None]
) -> None:
    folder, guard = launch("say(1, val_cosine=0.6); idle()")
    wait_until(lambda: read_run(folder.path).curve.epochs)
    looking = open_tab(serve(run=folder.path))
    looking.wait_for(b"guarded")
    looking.press("ay?")
    looking.wait_for(b"this help")  # what was pressed before has been heard
    assert CONFIRM not in looking.drawn
    assert not folder.control.exists()
    asking = open_tab(serve("--allow-abort", run=folder.path))
    asking.wait_for(b"guarded")
    asking.press("a")
    asking.wait_for(CONFIRM)
    lines = folder.control.read_bytes().splitlines()
    assert all(decode_line(line, [MonitorAttached]) for line in lines)  # nothing before it is confirmed
    asking.press("y")
    asking.wait_for(b"ABORTED")
    looking.wait_for(b"ABORTED")
    assert guard.wait(60) == ExitCode.STOPPED_BY_OPERATOR


def test_other_sites_of_the_same_browser_get_nothing(serve: Serve, open_tab: OpenTab) -> None:
    address = serve()
    place = urlsplit(address).netloc
    tab = open_tab(address)
    tab.wait_for(b"COMPLETED")
    tab.complaints.clear()
    # Another port of this host is the same site to a browser: the cookie goes along, and only the Origin tells.
    tab.page.route("http://127.0.0.1:8/*", lambda route: route.fulfill(body="<p>another site</p>"))
    tab.page.goto("http://127.0.0.1:8/")
    assert tab.page.evaluate(OPEN_SOCKET, f"ws://{place}/ws") == "refused"
    tab.wait_until(lambda: any("403" in complaint for complaint in tab.complaints))  # by the server, not the browser
    strange = tab.page.goto(address.replace("127.0.0.1", ELSEWHERE))
    assert (strange.status, strange.text()) == (403, "403: another Host\n")
    for stranger in (f"http://{place}/", f"http://{place}/?token=guessed"):
        seen = open_tab(stranger)
        assert "no token" in seen.page.content()
        assert seen.drawn == b""


def test_it_fits_on_a_phone(serve: Serve, open_tab: OpenTab) -> None:
    tab = open_tab(serve(), phone=True)
    tab.wait_for(b"leave")
    tab.wait_until(lambda: len(tab.page.screenshot()) > 20_000)
    assert tab.page.evaluate("[innerWidth, document.documentElement.scrollWidth]") == [390, 390]
    assert tab.complaints == []
