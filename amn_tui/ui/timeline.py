"""The screen's own time: it never jumps, whatever becomes of the clock on the wall."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from amn_tui.run.model import GuardSeen, Run

LEAST_JUMP_S = 2.0  # less than that is a clock being kept right


class Timeline:
    """Unix seconds that began with the wall clock and go on with a steady one.

    A jump of the wall clock is in every stamp that is written after it: `place` takes it out again, so that a clock
    that is set makes no run look stalled, no countdown wrong and no time left negative.
    """

    def __init__(self, wall: Callable[[], float], steady: Callable[[], float]) -> None:
        """Begin now; `wall` gives Unix seconds, `steady` seconds that nobody can set."""
        self._wall, self._steady = wall, steady
        self._ahead_s = wall() - steady()
        self._stamps: Mapping[str, float | None] = {}
        self._jumps: Mapping[str, float] = {}

    def now(self) -> float:
        """Return the time."""
        return self._steady() + self._ahead_s

    def measure_jump(self) -> float:
        """Return by how many seconds the wall clock was set since this began; 0 for what is no jump."""
        jump_s = self._wall() - self.now()
        return jump_s if abs(jump_s) >= LEAST_JUMP_S else 0.0

    def place(self, run: Run) -> Run:
        """Return the run with the stamps that came after a jump moved to where they are in this time."""
        stamps, jump_s = _list_stamps(run), self.measure_jump()
        self._jumps = {
            name: self._jumps.get(name, 0.0) if self._stamps.get(name) == at else jump_s for name, at in stamps.items()
        }
        self._stamps = stamps
        return _move(run, self._jumps) if any(self._jumps.values()) else run


def _list_stamps(run: Run) -> dict[str, float | None]:
    """Return the wall's times that are held against now or against each other."""
    return {
        "line": run.last_line_at,
        "heard": run.guard.state.last_line_at if run.guard and run.guard.state else None,
        "start": run.started_at,
        "alarm": run.alarm.deadline if run.alarm else None,
        "rung": run.rung.next_at if run.rung else None,
        "end": run.ended.time if run.ended else None,
    }


def _move(run: Run, jumps: Mapping[str, float]) -> Run:
    alarm, rung, ended = run.alarm, run.rung, run.ended
    if alarm is not None:
        alarm = replace(alarm, deadline=alarm.deadline - jumps["alarm"])
    if rung is not None and rung.next_at is not None:
        rung = replace(rung, next_at=rung.next_at - jumps["rung"])
    if ended is not None:
        ended = replace(ended, time=ended.time - jumps["end"])
    line, start = (
        None if at is None else at - jumps[name] for name, at in (("line", run.last_line_at), ("start", run.started_at))
    )
    guard = _move_guard(run.guard, jumps["heard"])
    return replace(run, alarm=alarm, rung=rung, ended=ended, last_line_at=line, started_at=start, guard=guard)


def _move_guard(seen: GuardSeen | None, jump_s: float) -> GuardSeen | None:
    """Move when the guard last heard of the trainer; who lives is nobody's clock to say."""
    if seen is None or seen.state is None or seen.state.last_line_at is None:
        return seen
    return replace(seen, state=replace(seen.state, last_line_at=seen.state.last_line_at - jump_s))
