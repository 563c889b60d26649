"""Joining a run: when another machine may go, and when there is nothing to go to."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from amn_tui.joining import join_run, wait_for_training
from amn_tui.run.folder import RunFolder, write_whole
from amn_tui.run.guard_events import GuardState, ProcessIdentity
from amn_tui.run.outcome import ExitCode
from checks.errors import InputError
from checks.jsonl import encode_line

WHO = ProcessIdentity(1, 1, "b")
PREFLIGHT = GuardState(1.0, WHO, None, "n1", "preflight")
TRAINING = GuardState(2.0, WHO, WHO, "n1", "training")
ENDED = replace(TRAINING, state="ended")


class Clock:
    """Time that passes only by pauses."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def read(self) -> float:
        return self.now_s

    def pause(self, seconds: float) -> None:
        self.now_s += seconds


def wait(*states: GuardState | None) -> tuple[bool, float]:
    """Wait as one who finds these states in turn, the last one for ever, and is patient for 10 s."""

    def go_on() -> Iterator[GuardState | None]:
        yield from states
        while True:
            yield states[-1]

    clock, found = Clock(), go_on()
    return wait_for_training(lambda: next(found), 10.0, clock.read, clock.pause), clock.now_s


def test_a_run_that_begins_is_joined_when_it_trains() -> None:
    later = replace(PREFLIGHT, time=1.5)
    assert wait(None, None, PREFLIGHT, *[PREFLIGHT] * 18, later, *[later] * 18, TRAINING) == (True, 19.5)


def test_a_sign_of_life_that_does_not_change_is_a_dead_guards() -> None:
    assert wait(TRAINING) == (False, 10.0)
    assert wait(ENDED, ENDED, PREFLIGHT, TRAINING)[0]
    assert wait(TRAINING, replace(TRAINING, time=6.0))[0]


@pytest.mark.parametrize("states", [(None,), (PREFLIGHT, ENDED), (None, PREFLIGHT), (TRAINING, ENDED)])
def test_where_nothing_trains_there_is_nothing_to_join(states: tuple[GuardState | None, ...]) -> None:
    assert not wait(*states)[0]


def test_nobody_waits_for_ever(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert join_run(tmp_path, 1, 0.0) == ExitCode.LOST
    assert "no run began" in capsys.readouterr().err


@pytest.mark.parametrize("argv", ['["true"]', '["torchrun", "--standalone", "--no-python", "x", "--node-rank=0"]'])
def test_a_run_of_one_machine_cannot_be_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: str) -> None:
    folder = RunFolder(tmp_path)
    folder.plan.write_text(
        f'[run]\nname = "a"\n[prepared]\nlaunched_at = ""\nversion = ""\nargv = {argv}\n'
        'cwd = "/"\nhost = ""\npython = ""\n'
    )
    write_whole(folder.guard_state, encode_line(TRAINING))
    monkeypatch.setattr("amn_tui.joining.wait_for_training", lambda *_: True)
    with pytest.raises(InputError, match=r"run\.torchrun: found 'nothing'"):
        join_run(tmp_path, 1, 1.0)
