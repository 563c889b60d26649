"""Take docs/serve-browser.png: `amn-tui serve` on a recorded run, in Chromium. python docs/take_browser_picture.py"""

import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

OUT = Path(__file__).with_name("serve-browser.png")
SAMPLE = Path(__file__).resolve().parents[1] / "sample_logs" / "healthy"
SERVE = (sys.executable, "-P", "-c", "from amn_tui.cli import main; main()", "serve")
SIZE = {"width": 1280, "height": 800}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
SANDBOX = "--no-sandbox"  # which root may not have; the page is our own
DRAWN_BYTES = 60_000  # of a picture in which the screen is whole: a page that waits for it takes a tenth


def find_chromium() -> str | None:
    """Return the browser of this machine; playwright would download its own."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def take(address: str) -> bytes:
    """Return the picture of what a browser shows at the address."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=[SANDBOX])
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        page.goto(address)
        before, picture = b"", page.screenshot()
        while before != picture or len(picture) < DRAWN_BYTES:
            page.wait_for_timeout(1000)
            before, picture = picture, page.screenshot()
        browser.close()
    return picture


def main() -> None:
    """Serve the run and take the picture."""
    with tempfile.TemporaryDirectory(prefix="runs-") as scratch:
        run = shutil.copytree(SAMPLE, Path(scratch) / "demo")
        server = subprocess.Popen([*SERVE, str(run)], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            OUT.write_bytes(take(server.stdout.readline().strip()))
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()


if __name__ == "__main__":
    main()
