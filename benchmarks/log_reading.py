"""Reading a long log: our tail, dialect and curve against the plain way, on the same file in the same run.

    python -m benchmarks.log_reading [LINES]

The plain way is what one writes first: read the whole file, search every line with one regular expression. Both
must find the same epochs. Printed: seconds, peak memory of the Python heap, and the ratio.
"""

import re
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from amn_tui.run.curve import Curve
from amn_tui.run.fold import fold
from amn_tui.run.model import Run
from amn_tui.run.source import LogSource

STEPS_PER_EPOCH = 1000
Cosines: TypeAlias = list[tuple[int, float]]
Read: TypeAlias = Callable[[Path], Cosines]
NAIVE = re.compile(r".*Epoch\s+(\d+)/\d+ done.*val_cosine=([\d.]+)")


def write_log(path: Path, lines: int) -> None:
    """Write a log as our trainer does: step lines, text between them, an epoch line now and then."""
    epochs = lines // STEPS_PER_EPOCH
    with path.open("w") as file:
        for number in range(1, lines + 1):
            epoch, step = divmod(number, STEPS_PER_EPOCH)
            if step == 0:
                values = f"val_loss=0.0014 val_cosine=0.{epoch:06d}"
                file.write(f"2026-11-22T10:24:40Z Epoch {epoch}/{epochs} done {values}\n")
            elif step % 5 == 0:
                file.write(f"UserWarning: batch {number} took longer than usual\n")
            else:
                at = f"Epoch {epoch + 1}/{epochs} step {step}/{STEPS_PER_EPOCH - 1}"
                file.write(f"2026-11-22T10:04:12Z {at} loss=0.00189 cosine=0.4012\n")


def read_ours(path: Path) -> list[tuple[int, float]]:
    """Read as the monitor does."""
    source, run = LogSource(path), Run(str(path))
    while True:
        run = fold(run, source.read())
        if not source.more:
            source.close()
            return list_cosines(run.curve)


def list_cosines(curve: Curve) -> list[tuple[int, float]]:
    """Return what both ways must find."""
    return curve.list_values("val_cosine")


def read_naively(path: Path) -> list[tuple[int, float]]:
    """Read as one would first write it."""
    found = map(NAIVE.search, path.read_text("utf-8").splitlines())
    return [(int(match[1]), float(match[2])) for match in found if match]


def measure(
    read: Callable[[Path], list[tuple[int, float]]], path: Path
) -> tuple[float, float, list[tuple[int, float]]]:
    """Return seconds, peak MB (in a second pass: tracing slows), and what was found."""
    began_s = time.perf_counter()
    found = read(path)
    seconds = time.perf_counter() - began_s
    tracemalloc.start()
    read(path)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return seconds, peak, found


def main() -> None:
    """Measure both ways and print them side by side."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 300_000
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "training.log"
        write_log(path, lines)
        ours, plain = measure(read_ours, path), measure(read_naively, path)
    assert ours[2] == plain[2], "the two ways found different epochs"
    print(f"{lines} lines, {len(ours[2])} epochs")
    print(f"{'':10}{'seconds':>10}{'peak MB':>10}")
    for name, (seconds, peak, _) in (("ours", ours), ("plain", plain)):
        print(f"{name:10}{seconds:10.2f}{peak:10.1f}")
    print(f"ours / plain: {ours[0] / plain[0]:.2f} of the time, {ours[1] / plain[1]:.2f} of the memory")


if __name__ == "__main__":
    main()
