"""Notices: what is told and what is not, sent to a real server, and addresses that are never written."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any

import pytest

from amn_tui.run.guard_events import StopAsked
from amn_tui.ui import notice
from amn_tui.ui.notice import Notice, Notifier, check_targets, list_notices
from checks.errors import InputError


class Webhook(ThreadingHTTPServer):
    """A server that keeps what it is sent."""

    def __init__(self, status: int) -> None:
        self.status, self.received = status, list[dict[str, Any]]()
        super().__init__(("127.0.0.1", 0), Receive)

    @property
    def url(self) -> str:
        return f"json://someone:secret@127.0.0.1:{self.server_port}/hook"


class Receive(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        self.server.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def webhook(request: pytest.FixtureRequest) -> Iterator[Webhook]:
    with Webhook(getattr(request, "param", 200)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_what_is_new_is_told_once(ui: ModuleType) -> None:
    before, alarmed, stopping, ended = (
        ui.make_run(events) for events in (ui.healthy(), ui.alarmed(), ui.stopping(), ui.aborted())
    )
    now = ui.BEGAN + 1262
    assert [found.title for found in list_notices(before, alarmed, now)] == ["ALARM amn-790k-attempt-3"]
    assert "0.445686" in list_notices(before, alarmed, now)[0].words
    assert list_notices(alarmed, alarmed, now) == []
    assert list_notices(alarmed, stopping, now) == []  # an operator knows what he asked for
    by_gate = replace(stopping, stop=StopAsked(now, "gate bad init", "0.44"))
    assert [found.title for found in list_notices(alarmed, by_gate, now)] == ["stopping amn-790k-attempt-3"]
    assert [found.title for found in list_notices(stopping, ended, now)] == ["ABORTED BY GATE amn-790k-attempt-3"]
    assert list_notices(None, ended, now + 3600) == []  # history


def test_a_webhook_is_told(webhook: Webhook) -> None:
    said: list[tuple[str, str]] = []
    notifier = Notifier([webhook.url], lambda where, words: said.append((where, words)))
    assert "secret" not in repr(notifier)
    notifier.send(Notice("ALARM run", "[bold]x[/] <b>&"))
    notifier.stop()
    assert [(sent["title"], sent["message"]) for sent in webhook.received] == [("ALARM run", "[bold]x[/] <b>&")]
    assert {words for _, words in said} == {""}


@pytest.mark.parametrize("webhook", [500], indirect=True)
def test_what_fails_is_told_without_the_address(webhook: Webhook, capfd: pytest.CaptureFixture[str]) -> None:
    said: list[tuple[str, str]] = []
    notifier = Notifier([webhook.url, "nonsense://secret"], lambda where, words: said.append((where, words)))
    notifier.send(Notice("a", "b"))
    notifier.stop()
    assert ("notice 1 (json)", "could not be sent") in said
    assert ("notice 2 (nonsense)", "no address that apprise knows") in said
    assert "secret" not in str(said)
    assert capfd.readouterr() == ("", "")


def test_the_desktop_is_told_in_text(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[list[str]] = []

    class Done:
        returncode = 0

    monkeypatch.setattr(notice.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(notice.subprocess, "run", lambda argv, **_: sent.append(argv) or Done())
    notifier = Notifier(["desktop"], lambda *_: None)
    notifier.send(Notice("--icon=x", "<a href='x'>"))
    notifier.stop()
    assert sent == [["notify-send", "--app-name=amn-tui", "--", "--icon=x", "&lt;a href='x'&gt;"]]


def test_what_is_no_address_is_refused_without_being_said(monkeypatch: pytest.MonkeyPatch) -> None:
    check_targets(["desktop", "json://localhost"])
    with pytest.raises(InputError) as refused:
        check_targets(["secret-token"])
    assert "secret-token" not in str(refused.value)
    monkeypatch.setattr(notice.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(InputError, match="apprise is not installed"):
        check_targets(["json://localhost"])


def test_without_an_address_nothing_is_started() -> None:
    notifier = Notifier([], lambda *_: None)
    notifier.send(Notice("a", "b"))
    notifier.stop()
