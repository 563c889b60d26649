"""The page in a real headless Chromium: it draws the run, loads nothing from elsewhere, and answers keys."""

import shutil
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]


def test_the_page_shows_the_run_and_loads_nothing_from_elsewhere(serve: Callable[..., str]) -> None:
    address = serve()
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        asked, complaints, drawn = [], [], []
        page.on("request", lambda request: asked.append(urlsplit(request.url)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: drawn.append(frame)))

        def wait_for(words: bytes) -> None:
            for _ in range(600):
                if any(words in (frame if isinstance(frame, bytes) else frame.encode()) for frame in drawn):
                    return
                page.wait_for_timeout(100)
            raise TimeoutError(words)

        page.goto(address)
        wait_for(b"COMPLETED")
        assert page.url == f"http://{urlsplit(address).netloc}/"
        while len(page.screenshot()) <= 20_000:  # what was received is not painted yet; the test's own limit ends this
            page.wait_for_timeout(100)
        page.locator("textarea").first.focus()
        page.keyboard.type("?")
        wait_for(b"this help")
        assert page.evaluate("document.cookie") == ""
        browser.close()
    assert {(url.scheme, url.netloc) for url in asked if url.scheme != "data"} == {("http", urlsplit(address).netloc)}
    assert complaints == []
