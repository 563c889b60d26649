"""Running means of what each step measured, kept on the device and read once per line of the log."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from trainer.group import Group


class Meter:
    """Means over the steps since the last line, and over the epoch; every value is weighted by its batch's windows."""

    def __init__(self, names: Sequence[str], group: Group) -> None:
        """Measure `names`, in the order in which `add` gets them, over all processes of the group."""
        self._names = tuple(names)
        self._group = group
        self._interval = torch.zeros(1 + len(self._names), device=group.device)  # windows, then sums
        self._interval_windows, self._interval_sums = self._interval[0], self._interval[1:]  # the same memory
        self._totals = [0.0] * len(self._names)
        self._windows = 0

    def add(self, values: Tensor, windows: int) -> None:
        """Add one step's values, (len(names),) on the device, without waiting for them."""
        self._interval_sums.add_(values, alpha=windows)
        self._interval_windows.add_(windows)

    def read_interval(self) -> dict[str, float]:
        """Return the means since the last call and start over; waits for the device and the other processes."""
        windows, *sums = self._group.sum(self._interval).tolist()
        self._interval.zero_()
        self._windows += int(windows)
        self._totals = [total + value for total, value in zip(self._totals, sums, strict=True)]
        return self._divide(sums, windows)

    def read_epoch(self) -> dict[str, float]:
        """Return the means over the epoch and start over."""
        self.read_interval()
        means = self._divide(self._totals, self._windows)
        self._totals, self._windows = [0.0] * len(self._names), 0
        return means

    def _divide(self, sums: Sequence[float], windows: float) -> dict[str, float]:
        return {name: value / max(1, windows) for name, value in zip(self._names, sums, strict=True)}

    def export(self) -> tuple[Tensor, dict[str, float]]:
        """Return what `restore` needs to go on to the same means, to the last bit where one process trains alone."""
        totals = {f"total_{name}": value for name, value in zip(self._names, self._totals, strict=True)}
        return self._group.sum(self._interval.clone()), {"windows": float(self._windows), **totals}

    def restore(self, interval: Tensor, numbers: Mapping[str, float]) -> None:
        """Go on from what `export` returned; raises KeyError when it measured other names."""
        if self._group.leads:
            self._interval.copy_(interval)
        self._windows = int(numbers["windows"])
        self._totals = [numbers[f"total_{name}"] for name in self._names]
