"""What a log has said so far: the readings that gates are judged on and charts are drawn from."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from checks.derived import RESCORE_GAP, derive
from checks.gate import Reading
from trainer.events import Configured, EpochEnded, LogEvent, Rescored, Saved, Stepped, Stopped


@dataclass(frozen=True, slots=True)
class Curve:
    """Epochs in order, each once; `step` is the latest reading within an epoch, None right after one ended."""

    epochs: tuple[Reading, ...] = ()
    step: Reading | None = None
    total_epochs: int | None = None
    total_steps: int | None = None
    config: Mapping[str, str] = field(default_factory=dict)
    sessions: int = 0
    resumed: bool = False  # a new session began and has not ended an epoch yet
    restarts: tuple[int, ...] = ()  # the epochs with which a later session went on
    last_save_s: float | None = None
    saved: Saved | None = None
    stopped: Stopped | None = None

    @property
    def last(self) -> Reading | None:
        """Return the last finished epoch."""
        return self.epochs[-1] if self.epochs else None

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Return what gates are judged on: every finished epoch, and the step being made."""
        return self.epochs if self.step is None else (*self.epochs, self.step)

    def list_values(self, metric: str) -> list[tuple[int, float]]:
        """Return (epoch, value) for every epoch that carries the metric."""
        return [(r.epoch, r.values[metric]) for r in self.epochs if metric in r.values]


def apply_log(curve: Curve, event: LogEvent) -> Curve:
    """Return the curve after one event of the log; total: any event in any order gives a curve."""
    match event:
        case Configured(values):
            return replace(curve, config=values, sessions=curve.sessions + 1, resumed=curve.sessions > 0, step=None)
        case Stepped():
            reading = derive((), Reading(event.epoch, event.values, event.step))
            return replace(curve, step=reading, total_epochs=event.epochs, total_steps=event.steps)
        case EpochEnded():
            return _end_epoch(curve, event)
        case Saved():
            return replace(curve, saved=event, last_save_s=event.seconds)
        case Rescored():
            return replace(curve, epochs=add_gap(curve.epochs, event))
        case Stopped():
            return replace(curve, stopped=event)
        case _:
            return curve


def add_gap(epochs: Sequence[Reading], rescored: Rescored) -> tuple[Reading, ...]:
    """Return the readings, that of the epoch which was scored again with how far off it was."""
    return tuple(
        replace(reading, values={**reading.values, RESCORE_GAP: rescored.gap})
        if reading.epoch == rescored.epoch
        else reading
        for reading in epochs
    )


def _end_epoch(curve: Curve, event: EpochEnded) -> Curve:
    """Insert an epoch where it belongs; a new session, or epoch 1 said again, drops what it will repeat."""
    at = bisect_left(curve.epochs, event.epoch, key=lambda reading: reading.epoch)
    restarted = curve.resumed or (event.epoch == 1 and len(curve.epochs) > 1)
    before, after = curve.epochs[:at], () if restarted else curve.epochs[at:]
    if after and after[0].epoch == event.epoch:
        after = after[1:]
    reading = derive(before, Reading(event.epoch, event.values))
    if after and "best" in reading.values:  # an epoch that comes late may be the best of the later ones
        after = tuple(_raise_best(later, reading.values["best"]) for later in after)
    return replace(
        curve, epochs=(*before, reading, *after), step=None, total_epochs=event.epochs, resumed=False,
        restarts=(*(e for e in curve.restarts if e < event.epoch), event.epoch) if restarted else curve.restarts,
        sessions=curve.sessions + 1 if restarted and not curve.resumed else max(curve.sessions, 1),
    )  # fmt: skip


def _raise_best(reading: Reading, best: float) -> Reading:
    raised = "best" in reading.values and best > reading.values["best"]
    return replace(reading, values={**reading.values, "best": best}) if raised else reading
