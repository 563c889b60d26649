"""Running means of what each step measured, kept on the device and read once per line of the log."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor


class Meter:
    """Means over the steps since the last line, and over the epoch; every value is weighted by its batch's windows."""

    def __init__(self, names: Sequence[str], device: torch.device) -> None:
        """Measure `names`, in the order in which `add` gets them."""
        self._names = tuple(names)
        self._interval = torch.zeros(len(self._names), device=device)
        self._interval_windows = 0
        self._totals = [0.0] * len(self._names)
        self._windows = 0

    def add(self, values: Tensor, windows: int) -> None:
        """Add one step's values, (len(names),) on the device, without waiting for them."""
        self._interval.add_(values, alpha=windows)
        self._interval_windows += windows

    def read_interval(self) -> dict[str, float]:
        """Return the means since the last call and start over; waits for the device."""
        sums, windows = [float(value) for value in self._interval.tolist()], self._interval_windows
        self._totals = [total + value for total, value in zip(self._totals, sums, strict=True)]
        self._windows += windows
        self._interval.zero_()
        self._interval_windows = 0
        return self._divide(sums, windows)

    def read_epoch(self) -> dict[str, float]:
        """Return the means over the epoch and start over."""
        self.read_interval()
        means = self._divide(self._totals, self._windows)
        self._totals, self._windows = [0.0] * len(self._names), 0
        return means

    def _divide(self, sums: Sequence[float], windows: int) -> dict[str, float]:
        return {name: value / max(1, windows) for name, value in zip(self._names, sums, strict=True)}

    def export(self) -> tuple[Tensor, dict[str, float]]:
        """Return what `restore` needs to go on to the same means, to the last bit."""
        counts = {"interval_windows": float(self._interval_windows), "windows": float(self._windows)}
        totals = {f"total_{name}": value for name, value in zip(self._names, self._totals, strict=True)}
        return self._interval, {**counts, **totals}

    def restore(self, interval: Tensor, numbers: Mapping[str, float]) -> None:
        """Go on from what `export` returned; raises KeyError when it measured other names."""
        self._interval.copy_(interval)
        self._interval_windows, self._windows = int(numbers["interval_windows"]), int(numbers["windows"])
        self._totals = [numbers[f"total_{name}"] for name in self._names]
