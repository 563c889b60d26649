"""Evidence of an out-of-memory kill: the run's own cgroup before the whole machine."""

from pathlib import Path

import pytest

from amn_tui.run.sample import OomWatch, count_oom_kills


@pytest.mark.parametrize(
    ("cgroup", "files", "count"),
    [
        ("0::/run", {"cg/run/memory.events": "low 0\noom 2\noom_kill 2\n", "proc/vmstat": "oom_kill 9\n"}, 2),
        ("4:memory:/a/b\n0::/", {"cg/memory/a/b/memory.oom_control": "under_oom 0\noom_kill 3\n"}, 3),
        ("3:cpu,memory:/a\n", {"cg/memory/a/memory.oom_control": "oom_kill 4\n"}, 4),
        ("0::/run", {"proc/vmstat": "pgfault 7\noom_kill 9\n"}, 9),
        ("0::/run", {"cg/run/memory.events": "oom_kill many\n", "proc/vmstat": "oom_kill 9\n"}, 9),
        ("", {}, 0),
    ],
)
def test_the_nearest_count_is_taken(tmp_path: Path, cgroup: str, files: dict[str, str], count: int) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    if cgroup:
        (tmp_path / "proc/self/cgroup").write_text(cgroup)
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    assert count_oom_kills(tmp_path / "proc", tmp_path / "cg") == count


def test_this_machine_can_be_asked() -> None:
    assert count_oom_kills() >= 0


def test_memory_that_ran_short_hours_ago_explains_no_end() -> None:
    now = {"s": 0.0, "kills": 3}
    watch = OomWatch(lambda: int(now["kills"]), lambda: now["s"])
    assert not watch.has_killed()
    now["kills"] = 4
    watch.look()
    assert watch.has_killed()
    for seconds in (4.0, 8.0, 12.0):
        now["s"] = seconds
        watch.look()
    assert not watch.has_killed()
    now["kills"] = 5
    assert watch.has_killed()
