"""The terminal's driver on a real pseudo-terminal: keys come, nothing is done in between, and a hangup is noticed."""

import os
import pty
import select
import signal
import sys
import threading
import tty
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from textual.events import Key, MouseMove, Resize

from amn_tui.ui.terminal_driver import TICK_S, TerminalDriver
from amn_tui.ui.terminal_streams import LossyStream, SelectableEvent

DEADLINE_S = 20.0


class Typist:
    """A driver whose input thread runs on a pseudo-terminal; what it hands on and how long it waits is kept."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        stdin = os.fdopen(slave)
        monkeypatch.setattr(sys, "__stdin__", stdin)
        self.keys: list[str] = []
        self.others: list[object] = []
        self.waits: list[float | None] = []
        self.changed = threading.Condition()
        self.driver = TerminalDriver(None)  # the app is not spoken to
        monkeypatch.setattr(self.driver, "process_message", self.take)
        monkeypatch.setattr(self.driver, "_wait", self.wait_as_before(self.driver._wait))
        self.thread = threading.Thread(target=self.driver.run_input_thread, daemon=True)
        self.stdin = stdin

    def take(self, message: object) -> None:
        with self.changed:
            if isinstance(message, Key):
                self.keys.append(message.key)
            else:
                self.others.append(message)
            self.changed.notify_all()

    def wait_as_before(self, wait: Callable[[float | None], list[int]]) -> Callable[[float | None], list[int]]:
        def waiting(most_s: float | None) -> list[int]:
            with self.changed:
                self.waits.append(most_s)
                self.changed.notify_all()
            return wait(most_s)

        return waiting

    def expect(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, DEADLINE_S), (self.keys, self.waits)

    def end(self) -> None:
        self.driver.exit_event.set()
        if self.thread.ident is not None:
            self.thread.join(DEADLINE_S)
        assert not self.thread.is_alive()


@pytest.fixture
async def typist(monkeypatch: pytest.MonkeyPatch) -> Any:
    before = {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT)}
    typist = Typist(monkeypatch)
    typist.thread.start()
    yield typist
    typist.end()
    typist.driver._stop_asked.close()
    typist.stdin.close()
    for number, handler in before.items():
        signal.signal(number, handler)


async def test_keys_come_and_between_them_it_sleeps(typist: Typist) -> None:
    typist.expect(lambda: typist.waits == [None])
    os.write(typist.master, b"a")
    typist.expect(lambda: typist.keys == ["a"])
    typist.expect(lambda: typist.waits[-1] is None and len(typist.waits) > 1)
    assert set(typist.waits) == {None, TICK_S}
    asleep = len(typist.waits)
    os.write(typist.master, "ä".encode())
    typist.expect(lambda: len(typist.keys) == 2)
    assert len(typist.waits) > asleep


async def test_an_escape_alone_is_a_key_and_one_with_more_is_another(typist: Typist) -> None:
    os.write(typist.master, b"\x1b")
    typist.expect(lambda: typist.keys == ["escape"])
    os.write(typist.master, b"\x1b[A")
    typist.expect(lambda: typist.keys == ["escape", "up"])


async def test_a_character_that_comes_in_two_pieces_is_one_key(typist: Typist) -> None:
    first, second = "é".encode()[:1], "é".encode()[1:]
    os.write(typist.master, first)
    typist.expect(lambda: len(typist.waits) > 1)
    os.write(typist.master, second)
    typist.expect(lambda: len(typist.keys) == 1)
    assert typist.keys == ["é"] or "acute" in typist.keys[0]


@pytest.mark.parametrize("sequence", [b"\x1b[9999999999u", b"\x1b[99999999;1u", b"\x1b[97;1;99999999999u"])
async def test_a_sequence_that_names_no_key_is_none_and_the_next_key_comes(typist: Typist, sequence: bytes) -> None:
    os.write(typist.master, sequence)
    typist.expect(lambda: len(typist.waits) > 1)
    os.write(typist.master, b"x")
    typist.expect(lambda: typist.keys == ["x"])


async def test_a_terminal_of_no_size_is_not_drawn_on_and_its_mouse_ends_nothing(typist: Typist) -> None:
    os.write(typist.master, b"\x1b[48;0;0;0;0t\x1b[<35;10;10M")
    typist.expect(lambda: len(typist.waits) > 1)
    os.write(typist.master, b"\x1b[<35;10;10M\x1b[48;40;120;800;1200t\x1b[<35;100;100M")
    typist.expect(lambda: len(typist.others) == 3)
    before, resize, after = typist.others
    assert isinstance(before, MouseMove)
    assert isinstance(resize, Resize)
    assert tuple(resize.size) == (120, 40)
    assert isinstance(after, MouseMove)
    assert (int(after.x), int(after.y)) == (9, 4)  # in pixels of 10 by 20


@pytest.mark.parametrize(
    "answer", [b"\x1b]11;rgb:aaaa/yyyy/0000\x1b\\", b"\x1b]11;rgb:aa/aa/aa\x07", b"\x1bP>|tmux 3.3a\x1b\\"]
)
async def test_what_the_terminal_answers_to_another_program_is_no_keys(typist: Typist, answer: bytes) -> None:
    os.write(typist.master, b"j" + answer + b"k")
    typist.expect(lambda: len(typist.keys) >= 2)
    assert typist.keys == ["j", "k"]


async def test_a_bracket_after_an_escape_is_still_a_key(typist: Typist) -> None:
    os.write(typist.master, b"\x1b]")
    typist.expect(lambda: bool(typist.keys))
    assert typist.keys == ["right_square_bracket"]  # Textual's parser knows alt with letters and digits only


async def test_input_that_is_disabled_wakes_it(typist: Typist) -> None:
    typist.expect(lambda: typist.waits == [None])
    typist.driver.exit_event.set()
    typist.thread.join(DEADLINE_S)
    assert not typist.thread.is_alive()


async def test_a_terminal_that_is_gone_sends_the_signal_that_its_leader_may_keep_from_us(
    typist: Typist, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    typist.expect(lambda: typist.waits == [None])
    os.close(typist.master)
    typist.thread.join(DEADLINE_S)
    assert not typist.thread.is_alive()
    assert sent == [(os.getpid(), signal.SIGHUP)]


def test_an_event_can_be_waited_for_as_long_as_it_is_set(event: SelectableEvent) -> None:
    def is_heard() -> bool:
        return bool(select.select([event.descriptor], [], [], 0)[0])

    assert not is_heard()
    event.set()
    event.set()
    assert event.is_set()
    assert is_heard()
    event.clear()
    event.clear()
    assert not event.is_set()
    assert not is_heard()


@pytest.fixture
def event() -> Iterator[SelectableEvent]:
    event = SelectableEvent()
    yield event
    event.close()


def test_what_cannot_be_written_is_lost_and_what_can_is_not() -> None:
    class Gone(StringIO):
        def write(self, _text: str) -> int:
            raise OSError(5, "Input/output error")

        def flush(self) -> None:
            raise OSError(5, "Input/output error")

    kept = StringIO()
    for stream in (kept, Gone()):
        lossy = LossyStream(stream)
        lossy.write("drawn")
        lossy.flush()
    assert kept.getvalue() == "drawn"
