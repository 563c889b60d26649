"""The thread that indexes the log: woken, or looking by itself."""

from collections.abc import Callable
from pathlib import Path

from amn_tui.ui.log_file import LogFile
from amn_tui.ui.log_index import LogIndex
from amn_tui.ui.log_watch import LogWatch

WaitUntil = Callable[[Callable[[], object]], None]


def test_it_tells_of_what_is_there_and_of_what_comes(tmp_path: Path, wait_until: WaitUntil) -> None:
    path = tmp_path / "training.log"
    told: list[LogIndex] = []
    watch = LogWatch(LogFile(path), told.append, look_s=0.02)  # not there yet: that is no fault
    watch.start()
    path.write_text("one\n")
    wait_until(lambda: told and told[-1].count == 1)
    with path.open("a") as file:
        file.write("two\n")
    wait_until(lambda: told[-1].count == 2)
    watch.stop()
    watch.stop()


def test_a_wake_is_enough_where_nobody_looks(tmp_path: Path, wait_until: WaitUntil) -> None:
    path = tmp_path / "training.log"
    path.write_text("one\n")
    told: list[LogIndex] = []
    watch = LogWatch(LogFile(path), told.append, look_s=1000.0)
    watch.start()
    wait_until(lambda: told)
    with path.open("a") as file:
        file.write("two\n")
    watch.wake()
    wait_until(lambda: told[-1].count == 2)
    watch.stop()


def test_stopping_what_never_started_is_fine(tmp_path: Path) -> None:
    LogWatch(LogFile(tmp_path / "none"), lambda _: None).stop()


def test_the_head_waits_until_there_is_time_for_it_and_what_is_new_does_not(
    tmp_path: Path, wait_until: WaitUntil
) -> None:
    path = tmp_path / "training.log"
    path.write_text("x" * 1023 + "\n")
    with path.open("a") as file:
        file.writelines(f"{number:07d}\n" for number in range(100_000))
    told: list[LogIndex] = []
    free: list[bool] = []
    watch = LogWatch(LogFile(path), told.append, look_s=0.02, may_look_back=lambda: bool(free))
    watch.start()
    wait_until(lambda: told)
    with path.open("a") as file:
        file.write("new\n")
    wait_until(lambda: told[-1].end == path.stat().st_size)
    assert not told[-1].whole
    free.append(True)
    wait_until(lambda: told[-1].whole)
    assert told[-1].count == 100_002
    watch.stop()
