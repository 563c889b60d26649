"""How often one looks, or shows: at once when something happens now and then, seldom when it never stops."""

UPDATE_S = 1 / 15  # never sooner than this
BURST = 6  # so many updates in a row may come that soon
STEADY_PER_S = 2.5  # after that, so many a second: more can be neither read nor paid for


class Pace:
    """Counts updates like a bucket that refills; `wait_s` is asked once an update."""

    def __init__(self, steady_per_s: float = STEADY_PER_S) -> None:
        """Start full; a stream is slowed to `steady_per_s` updates a second."""
        self._steady_per_s = steady_per_s
        self._left = float(BURST)
        self._asked_at = 0.0

    @property
    def is_slowed(self) -> bool:
        """Tell whether updates come faster than they may."""
        return self._left < 0

    def wait_s(self, now: float) -> float:
        """Return how long to wait, after an update at `now` (monotonic seconds), before the next one."""
        self._left = min(BURST, self._left + (now - self._asked_at) * self._steady_per_s) - 1
        self._asked_at = now
        if self._left >= 0:
            return UPDATE_S
        self._left = -1.0
        return 1 / self._steady_per_s
