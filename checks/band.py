"""Healthy bands: where a metric of a sound run lies at an epoch."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """A healthy run's `metric` lies between `low` and `high` at `epoch`; the chart shades it, no gate reads it."""

    epoch: int
    metric: str = "val_cosine"
    low: float
    high: float

    def __post_init__(self) -> None:
        """Refuse an empty band; nan is refused too, since no comparison with it holds."""
        if not self.low <= self.high:
            raise ValueError(f"low {self.low} must be at most high {self.high}")
        if self.epoch < 1:
            raise ValueError(f"epoch {self.epoch} must be at least 1")
