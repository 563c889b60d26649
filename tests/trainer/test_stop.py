import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from trainer.stop import LOOK_EVERY_S, StopRequest

STARTED_S = 1000.0
EARLIER = b'{"event": "abort_asked", "time": 999.0, "by": "ann"}\n'
LATER = b'{"event": "abort_asked", "time": 1001.0, "by": "ann", "reason": "x"}\n'
WAIVED = b'{"event": "waive_asked", "time": 1001.0, "by": "ann", "alarm": 1, "reason": "x"}\n'


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += 2 * LOOK_EVERY_S
        return self.now_s


def watch(path: Path, content: bytes | None) -> StopRequest:
    if content is not None:
        path.write_bytes(content)
    return StopRequest(path, STARTED_S, Clock())


# What the file holds when the trainer starts, what each later look finds appended, and what each look answers.
HISTORIES: list[tuple[bytes | None, list[bytes], list[bool]]] = [
    (None, [b"", b""], [False, False]),
    (None, [LATER], [True]),
    (b"", [b"", LATER, b""], [False, True, True]),
    (EARLIER, [b"", LATER], [False, True]),
    (LATER, [b""], [True]),  # asked while python was starting
    (b"", [EARLIER], [True]),  # asked now, by a machine whose clock was set back
    (EARLIER, [EARLIER], [True]),
    (b"", [WAIVED, LATER], [False, True]),
    (b"", [LATER[:20], LATER[20:]], [False, True]),  # half a line waits
    (b"", [b"not json\n", b"\xff\xfe\n", b"[]\n", b"{}\n", LATER], [False, False, False, False, True]),
    (EARLIER[:-1], [b"\n"], [False]),
    (b"", [b"x" * (2**21) + b"\n", b"", b"", LATER], [False, False, False, True]),
]


@pytest.mark.parametrize(("before", "appended", "answers"), HISTORIES)
def test_only_a_request_to_this_process_counts(
    tmp_path: Path, before: bytes | None, appended: list[bytes], answers: list[bool]
) -> None:
    path = tmp_path / "control.jsonl"
    stop = watch(path, before)
    found = []
    for chunk in appended:
        if chunk:
            with path.open("ab") as file:
                file.write(chunk)
        found.append(stop.check() == "control.jsonl")
    assert found == answers


def test_a_replaced_file_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "control.jsonl"
    stop = watch(path, EARLIER * 3)
    assert stop.check() is None
    (tmp_path / "new").write_bytes(LATER)
    (tmp_path / "new").replace(path)
    assert stop.check() == "control.jsonl"


def test_the_file_is_looked_at_seldom(tmp_path: Path) -> None:
    now_s = [10.0]
    path = tmp_path / "control.jsonl"
    stop = StopRequest(path, STARTED_S, lambda: now_s[0])
    assert stop.check() is None
    path.write_bytes(LATER)
    now_s[0] += LOOK_EVERY_S * 0.9
    assert stop.check() is None
    now_s[0] += LOOK_EVERY_S * 0.2
    assert stop.check() == "control.jsonl"


def test_what_is_not_a_file_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "control.jsonl")
    assert StopRequest(tmp_path / "control.jsonl", STARTED_S, Clock()).check() is None
    assert StopRequest(tmp_path, STARTED_S, Clock()).check() is None
    assert StopRequest(None, STARTED_S, Clock()).check() is None


@pytest.fixture
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_is_remembered_and_the_next_ones_break_nothing(first: signal.Signals) -> None:
    stop = StopRequest(None, STARTED_S)
    stop.install()
    assert stop.check() is None
    os.kill(os.getpid(), first)
    assert stop.check() == first.name
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(os.getpid(), number)
    assert stop.check() == first.name
