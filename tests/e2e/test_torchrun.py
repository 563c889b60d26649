"""torchrun under guard: two ranks, small and without torch; the agent above them is the real one."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amn_tui.run.guard_events import Rung, StopEscalated, TrainerStarted
from amn_tui.run.outcome import ExitCode
from amn_tui.run.plan import RunSection
from amn_tui.run.session import read_run
from amn_tui.run.torchrun import build_torchrun

pytestmark = pytest.mark.slow

WaitUntil = Callable[[Callable[[], object]], None]

# What every rank does: the first one writes, all of them save or leave when they are told to end.
RANK = """
rank = int(os.environ['RANK'])
def leave(*_):
    if rank == 0:
        time.sleep(0.5)
        pathlib.Path('saved').write_text('x')
        print('2026-11-22T10:25:02Z stopped by=SIGTERM epoch=2 step=31', flush=True)
    os._exit(143)
signal.signal(15, leave)
pathlib.Path(f'rank{rank}').write_text(f'{os.getpid()} {os.environ["MASTER_ADDR"]}')
while not all(pathlib.Path(f'rank{n}').exists() for n in range(int(os.environ['WORLD_SIZE']))): time.sleep(0.01)
if rank == 0: say(1, val_cosine=0.5, seconds=1)
"""


class Ranks:
    """Two ranks of a small trainer under torchrun and a guard."""

    def __init__(self, launch: Any, wait_until: WaitUntil) -> None:
        """Start nothing yet."""
        self.launch = launch
        self.wait_until = wait_until

    def start(self, code: str = "idle()", **options: Any) -> Any:
        """Guard torchrun with ranks that say that epoch 1 is done and then run `code`; return the guard."""
        run = RunSection(name="t", processes=2)
        rank = (sys.executable, "-P", str(self.launch.tmp_path / "train.py"))
        argv = (*build_torchrun(run, Path("plan.toml")), *rank)
        _, guard = self.launch(RANK + code, argv=argv, **options)
        return guard

    def wait_for_epoch(self) -> None:
        """Wait until all ranks run and the first one has said something."""
        self.wait_until(lambda: read_run(self.launch.folder.path).curve.epochs)

    def read_pid(self, rank: int) -> int:
        """Return the process of a rank."""
        return int((self.launch.tmp_path / f"rank{rank}").read_text().split()[0])

    def check_nothing_is_left(self) -> None:
        """Hold that ranks and their children have ended, and that the guard says so."""
        assert self.launch.list_members() == []
        ended = read_run(self.launch.folder.path).ended
        assert ended is not None
        assert ended.survivors == ()

    def list_rungs(self) -> list[Rung]:
        """Return the rungs that the stop stood on."""
        return [event.rung for event in self.launch.read_events(StopEscalated)]


@pytest.fixture
def ranks(launch: Any, wait_until: WaitUntil) -> Ranks:
    return Ranks(launch, wait_until)


def test_deaf_ranks_are_ended_before_torchruns_own_patience(ranks: Ranks) -> None:
    deaf = """
signal.signal(15, signal.SIG_IGN)  # their children are deaf, too
subprocess.Popen(['sleep', '1000'])
pathlib.Path(f'deaf{rank}').touch(); idle()
"""
    guard = ranks.start(deaf, grace_s=0.5)
    ranks.wait_until(lambda: len(list(ranks.launch.tmp_path.glob("deaf*"))) == 2)
    assert len(ranks.launch.list_members()) == 5
    assert (ranks.launch.tmp_path / "rank1").read_text().endswith(" 127.0.0.1")  # they meet on this machine alone
    ranks.launch.abort()
    assert guard.wait(20) == ExitCode.STOPPED_BY_OPERATOR  # torchrun itself would have waited for 30 s
    assert ranks.list_rungs() == [Rung.TERM_MAIN, Rung.TERM_GROUP, Rung.KILL_ALL]
    ranks.check_nothing_is_left()


def test_ranks_whose_torchrun_was_killed_may_save_and_are_not_left(ranks: Ranks) -> None:
    guard = ranks.start(grace_s=0.5)
    ranks.wait_for_epoch()
    (started,) = ranks.launch.read_events(TrainerStarted)
    os.kill(started.trainer.pid, signal.SIGKILL)
    assert guard.wait(60) == ExitCode.CRASHED
    assert (ranks.launch.tmp_path / "saved").exists()
    assert ranks.list_rungs() == [Rung.TERM_GROUP]
    ranks.check_nothing_is_left()


def test_a_scheduler_that_tells_every_process_at_once_has_stopped_the_run(ranks: Ranks) -> None:
    guard = ranks.start()
    ranks.wait_for_epoch()
    for pid in (*ranks.launch.list_members(), guard.pid):
        os.kill(pid, signal.SIGTERM)
    assert guard.wait(60) == ExitCode.STOPPED_BY_OPERATOR
    assert (ranks.launch.tmp_path / "saved").exists()
    ranks.check_nothing_is_left()
