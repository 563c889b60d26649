"""A tab of a real browser that remembers what it asked for, what it complained of and what it was sent."""

from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, urlsplit

LOOKS, LOOK_MS = 600, 100


class Tab:
    """One page; waits for what the server draws, never for a time."""

    def __init__(self, context: Any) -> None:
        """Open an empty one in a playwright context, which holds the cookies."""
        self.page = context.new_page()
        self.asked: list[SplitResult] = []
        self.complaints: list[str] = []
        self.drawn = b""
        self.page.on("request", lambda request: self.asked.append(urlsplit(request.url)))
        self.page.on("console", lambda told: self.complaints.append(told.text) if told.type == "error" else None)
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._draw))

    def _draw(self, frame: bytes | str) -> None:
        self.drawn += frame if isinstance(frame, bytes) else frame.encode()

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition holds; fail with the last that was drawn when it never does."""
        for _ in range(LOOKS):
            if condition():
                return
            self.page.wait_for_timeout(LOOK_MS)
        raise AssertionError(f"never came true: {self.drawn[-500:]!r}, {self.complaints}")

    def wait_for(self, words: bytes) -> None:
        """Wait until the words have been drawn."""
        self.wait_until(lambda: words in self.drawn)

    def press(self, keys: str) -> None:
        """Type into the terminal of the page."""
        self.page.locator("textarea").first.focus()
        self.page.keyboard.type(keys)
