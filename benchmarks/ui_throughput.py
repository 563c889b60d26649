"""What the monitor takes from the trainer: real training steps, with the monitor at work and with it held still."""

import importlib.util
import os
import signal
import tempfile
from pathlib import Path

from benchmarks.interleaving import Spent, Way, by_wall, compare, take_turns
from benchmarks.terminal import Terminal
from benchmarks.ui_claims import Finding
from benchmarks.ui_scenes import WHOLE, start_ours, written

# A turn begins with what waited while the monitor was held still: it must be long beside that. The noise of a
# shared machine is taken out by many pairs.
TURN_S = 1.0
CLAIM = "throughput taken from the trainer"


class Beside:
    """A way of training whose turns the monitor is let go on in, or held still by a signal."""

    def __init__(self, way: Way, monitor: Terminal, number: int) -> None:
        """Send `number` to the monitor before every turn."""
        self._way, self._monitor, self._number = way, monitor, number

    def work(self, steps: int) -> Spent:
        """Do that many steps; what is drawn meanwhile is read after them, so that the monitor waits for nobody."""
        os.kill(self._monitor.pid, self._number)
        spent = self._way.work(steps)
        while self._monitor.read(0.0):
            pass
        return spent


def measure_throughput(log: Path, per_s: int, seconds: float) -> list[Finding]:
    """Train on the demo's data beside a monitor whose log grows by so many lines a second; nothing without torch."""
    if importlib.util.find_spec("torch") is None:
        return []
    import torch

    from benchmarks.own_process import OwnProcess
    from benchmarks.training_ways import OURS, Task
    from trainer.datasets import resolve

    with tempfile.TemporaryDirectory() as folder, Terminal(start_ours(log)) as monitor:
        monitor.wait_for(WHOLE)
        task = Task(resolve("wikipedia"), Path(folder) / "none.npz", Path(folder), 32, torch.device("cpu"))
        with OwnProcess(OURS, task) as way, written(log, per_s):
            way.wait()
            turns = take_turns(
                {
                    "watched": Beside(way, monitor, signal.SIGCONT),
                    "alone": Beside(way, monitor, signal.SIGSTOP),
                },
                TURN_S,
                seconds,
            )
            os.kill(monitor.pid, signal.SIGCONT)
    ratio = compare(turns["watched"], turns["alone"], by_wall)
    note = f"±{100 * ratio.error:.1f}, {len(turns['alone'])} pairs of turns"
    return [Finding(CLAIM, 100 * (1 - ratio.value), 1.0, "%", note)]
