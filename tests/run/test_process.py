"""Processes are known by more than their number, and only our own are signalled."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from amn_tui.run.attendance import Attendance
from amn_tui.run.control import MonitorAttached, MonitorDetached
from amn_tui.run.guard_events import ProcessIdentity, Rung
from amn_tui.run.process import Sent, identify, identify_self, is_gone, send_signal
from amn_tui.run.process_table import ProcessRow, list_rows, read_row, read_variable, walk_descendants
from amn_tui.run.sample import Sampler, count_oom_kills
from amn_tui.run.sweep import RunMark, list_members, push

WaitUntil = Callable[[Callable[[], object]], None]


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    code = "import signal; signal.pause()"
    with subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "AMN_RUN_ID": "r"}) as process:
        yield process
        process.kill()


def test_a_process_is_known_until_it_ends_and_a_zombie_has_ended(
    child: subprocess.Popen[bytes], wait_until: WaitUntil
) -> None:
    identity = identify(child.pid)
    assert identity is not None
    assert not is_gone(identity)
    os.kill(child.pid, signal.SIGKILL)
    wait_until(lambda: is_gone(identity))  # not yet reaped: it answers kill(pid, 0)
    os.kill(child.pid, 0)
    assert send_signal(identity, signal.SIGTERM) is Sent.GONE
    child.wait()
    assert identify(child.pid) is None


def test_another_process_of_the_same_number_is_left_alone(child: subprocess.Popen[bytes]) -> None:
    identity = identify(child.pid)
    assert identity is not None
    reused = replace(identity, start_ticks=identity.start_ticks - 1)
    rebooted = replace(identity, boot_id="another boot")
    for other in (reused, rebooted):
        assert is_gone(other)
        assert send_signal(other, signal.SIGKILL) is Sent.GONE
    assert child.poll() is None
    assert send_signal(identity, signal.SIGKILL) is Sent.SENT


def test_members_are_found_by_parent_and_by_mark(child: subprocess.Popen[bytes], wait_until: WaitUntil) -> None:
    wait_until(lambda: read_variable(child.pid, "AMN_RUN_ID") == "r")
    trainer = identify(child.pid)
    assert trainer is not None
    mark = RunMark(guard_pid=1 << 22, trainer=trainer, run_id="r")
    assert [row.pid for row in list_members(mark)] == [child.pid]
    assert child.pid in {row.pid for row in walk_descendants(os.getpid(), list_rows())}
    assert push(Rung.REQUEST, mark) == ((), frozenset())
    assert push(Rung.TERM_MAIN, mark) == ((child.pid,), frozenset())
    assert child.wait(20) == -signal.SIGTERM
    assert list_members(mark) == []


def test_a_sample_adds_up() -> None:
    row = read_row(os.getpid())
    assert row is not None
    sampler = Sampler(Path.cwd(), gpus=lambda: ({"percent": 50.0},))
    assert sampler.sample([replace(row, cpu_s=1.0)], 0.0, 10.0).cpu_percent == 0.0
    sample = sampler.sample([replace(row, cpu_s=3.0)], 1.0, 12.0)
    assert sample.cpu_percent == 100.0
    assert sample.rss_bytes > 1_000_000
    assert sample.disk_free_bytes > 0
    assert sample.gpus == ({"percent": 50.0},)
    assert count_oom_kills() >= 0


def test_who_is_there() -> None:
    gone: set[ProcessIdentity] = set()
    attendance = Attendance(gone.__contains__)
    assert not attendance.is_attended()
    me = identify_self()
    attendance.hear(MonitorAttached(0, "me", me))
    assert attendance.is_attended()
    gone.add(me)
    assert not attendance.is_attended()
    attendance.hear(MonitorAttached(0, "me", replace(me, pid=1)))
    attendance.hear(MonitorDetached(0, replace(me, pid=1)))
    assert not attendance.is_attended()


def test_a_session_whose_number_is_anothers_now_is_none_of_the_run() -> None:
    def row(pid: int, session: int, ticks: int, parent: int = 1) -> ProcessRow:
        return ProcessRow(pid, parent, session, session, ticks, 0.0, 0, ended=False)

    mark = RunMark(guard_pid=1 << 22, trainer=ProcessIdentity(700, 50, "b"), run_id="nobody has this mark")
    worker, child, reused = row(701, 700, 60), row(702, 700, 90), row(700, 700, 80)
    assert list_members(mark, [worker]) == [worker]  # the trainer is gone, its session is not
    assert list_members(mark, [reused, child]) == []
    trainer, daemon = row(700, 700, 50), row(703, 703, 55, parent=700)
    assert list_members(mark, [trainer, daemon]) == [trainer, daemon]
