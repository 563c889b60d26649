"""The stop, rung by rung: which push comes next and when. Pure; the pushes themselves are in sweep.py."""

from collections.abc import Collection
from dataclasses import dataclass

from amn_tui.run.guard_events import Rung

LONGEST_REQUEST_S = 10.0
GROUP_S = 5.0
KILL_S = 30.0  # what SIGKILL has not ended by then hangs in the kernel: it is reported
SAVES_PER_GRACE = 3.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each rung is given, in seconds."""

    request_s: float
    grace_s: float
    group_s: float = GROUP_S

    def limit_s(self, rung: Rung | None) -> float | None:
        """Return how long this rung is given; None for the last, which goes on until nothing is left."""
        limits = {
            None: self.grace_s,
            Rung.REQUEST: self.request_s,
            Rung.TERM_MAIN: self.grace_s,
            Rung.TERM_GROUP: self.group_s,
        }
        return limits.get(rung)


def settle_patience(grace_s: float, last_save_s: float | None, *, orphans: bool = False) -> Patience:
    """Return the patience of a stop: never less than three times the last save, which must be able to end.

    `orphans`: the main process is gone, and the group is told first: ranks whose torchrun was killed save only then.
    """
    saves_s = SAVES_PER_GRACE * (last_save_s or 0.0)
    grace_s = max(grace_s, saves_s)
    return Patience(min(grace_s, LONGEST_REQUEST_S), grace_s, max(GROUP_S, saves_s) if orphans else GROUP_S)


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop under way: the rung it stands on and since when (monotonic seconds).

    `rung` None: nobody asked, the trainer ended by itself, and what it left behind may end by itself, too.
    """

    rung: Rung | None
    since_s: float
    patience: Patience


def begin_stop(now_s: float, patience: Patience, *, trainer_reads_control: bool) -> Stop:
    """Return the first rung: a request where the trainer has heard it itself, else SIGTERM to the main process."""
    return Stop(Rung.REQUEST if trainer_reads_control else Rung.TERM_MAIN, now_s, patience)


def climb(stop: Stop, now_s: float, *, asked_again: bool = False, leftovers: bool = False) -> Stop:
    """Return the stop on the rung where it should be now; asking again ends the wait for the request alone.

    `leftovers`: the main process is gone, for which the first rungs waited, and others are left.
    """
    limit_s = stop.patience.limit_s(stop.rung)
    hurried = asked_again and stop.rung in (None, Rung.REQUEST)
    if leftovers and stop.rung in (Rung.REQUEST, Rung.TERM_MAIN):
        return Stop(Rung.TERM_GROUP, now_s, stop.patience)
    if limit_s is None or (now_s - stop.since_s < limit_s and not hurried):
        return stop
    return step(stop, now_s)


def step(stop: Stop, now_s: float) -> Stop:
    """Return the stop one rung further, whatever its patience; the last rung is the last."""
    rungs = list(Rung)
    after = Rung.TERM_GROUP if stop.rung is None else rungs[min(rungs.index(stop.rung) + 1, len(rungs) - 1)]
    return stop if after is stop.rung else Stop(after, now_s, stop.patience)


def is_over(stop: Stop, now_s: float, *, gone: bool, left: Collection[int], forbidden: Collection[int]) -> bool:
    """Tell whether the stop has come to its end: the main process is gone and a sweep found nothing `left`.

    What may not be signalled, or does not end on SIGKILL, ends the stop too: those are its survivors.
    """
    if not left:
        return gone
    return stop.rung is Rung.KILL_ALL and (set(left) <= set(forbidden) or now_s - stop.since_s >= KILL_S)
