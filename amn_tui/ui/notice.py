"""What is told to somebody who does not look: an alarm and the end, on the desktop or wherever apprise can send it."""

import html
import importlib.util
import logging
import queue
import shutil
import subprocess
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from amn_tui.run.model import Run
from amn_tui.run.text import sanitize
from checks.errors import InputError

DESKTOP = "desktop"
FRESH_S = 120.0  # what happened longer ago is history: whoever attaches to it is not to be called
SEND_S = 20.0
LONGEST_WORDS = 500
Tell = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Notice:
    """One message; both are safe text."""

    title: str
    words: str


def list_notices(before: Run | None, run: Run, now: float) -> list[Notice]:
    """Return what is new in `run` (`now` is Unix seconds): an alarm, a stop by a gate, the end."""
    name, found = run.name, []
    if run.alarm and now - run.alarm.time < FRESH_S and (before is None or before.alarm != run.alarm):
        found.append((f"ALARM {name}", f"{run.alarm.gate}: {run.alarm.words}. {run.alarm.advice}"))
    by_gate = run.stop is not None and run.stop.by.startswith("gate ")
    if run.stop and by_gate and now - run.stop.time < FRESH_S and (before is None or before.stop != run.stop):
        found.append((f"stopping {name}", f"{run.stop.by}: {run.stop.reason}"))
    if run.ended and now - run.ended.time < FRESH_S and (before is None or before.ended != run.ended):
        found.append((f"{run.ended.outcome.replace('_', ' ')} {name}", run.ended.words))
    return [Notice(sanitize(title)[:LONGEST_WORDS], sanitize(words)[:LONGEST_WORDS]) for title, words in found]


def check_targets(urls: Sequence[str]) -> None:
    """Raise InputError for an address that cannot be one, and where apprise is needed and not installed."""
    for number, url in enumerate(urls, 1):
        if url != DESKTOP and "://" not in url:
            raise InputError("--notify", str(number), "no address", f"{DESKTOP}, or a URL of apprise")
    needs = any(url != DESKTOP for url in urls) or (urls and shutil.which("notify-send") is None)
    if needs and importlib.util.find_spec("apprise") is None:
        raise InputError("--notify", "", "apprise is not installed", "pip install 'amn-tui[notify]'")


class Notifier:
    """Sends notices from a thread of its own, one after the other; what fails is told, never with the address."""

    def __init__(self, urls: Sequence[str], tell: Tell) -> None:
        """Send to these; `tell(where, words)` is called from the thread, with no words when it works again."""
        self._urls, self._tell = tuple(urls), tell
        self._waiting: queue.Queue[Notice | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
        if self._urls:
            self._thread.start()

    def __repr__(self) -> str:
        """Name the kinds of the targets: an address may hold a secret."""
        return f"Notifier({', '.join(_name(number, url) for number, url in enumerate(self._urls, 1))})"

    def send(self, notice: Notice) -> None:
        """Have it sent; returns at once."""
        if self._urls:
            self._waiting.put(notice)

    def stop(self, wait_s: float = SEND_S) -> None:
        """Send what is waiting, for at most so long."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join(wait_s)

    def _run(self) -> None:
        targets = [(_name(number, url), _Target(url)) for number, url in enumerate(self._urls, 1)]
        for name, target in targets:
            self._say(name, target.problem)
        while (notice := self._waiting.get()) is not None:
            for name, target in targets:
                self._say(name, target.problem or target.send(notice))

    def _say(self, name: str, problem: str) -> None:
        self._tell(name, problem)


def _name(number: int, url: str) -> str:
    return f"notice {number} ({sanitize(url.partition('://')[0])[:20]})"


class _Target:
    """One address. Nothing that is raised or logged on the way is shown: it could hold the address."""

    def __init__(self, url: str) -> None:
        self.problem = ""
        self._send: Callable[[Notice], bool] = _send_to_desktop
        if url == DESKTOP and shutil.which("notify-send"):
            return
        try:
            service = _make_service("dbus://" if url == DESKTOP else url)
        except Exception as error:  # noqa: BLE001 (as in `send`)
            service, self.problem = None, f"apprise cannot be used: {type(error).__name__}"
        if service is None:
            self.problem = self.problem or (
                "neither notify-send nor D-Bus is there" if url == DESKTOP else "no address that apprise knows"
            )
            return
        self._send = lambda notice: bool(service.notify(body=notice.words, title=notice.title, body_format="text"))

    def send(self, notice: Notice) -> str:
        """Send it; return what went wrong, "" for nothing."""
        try:
            return "" if self._send(notice) else "could not be sent"
        except Exception as error:  # noqa: BLE001 (a service of somebody else's may raise whatever it likes)
            return f"could not be sent: {type(error).__name__}"


def _make_service(url: str) -> Any:
    for name in ("apprise", "urllib3", "requests"):  # they would write over the screen, addresses and all
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import apprise  # takes half a second

        service = apprise.Apprise()
        return service if service.add(url) else None


def _send_to_desktop(notice: Notice) -> bool:
    argv = ["notify-send", "--app-name=amn-tui", "--", notice.title, html.escape(notice.words, quote=False)]
    sent = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=SEND_S, check=False)
    return sent.returncode == 0
