"""A run's numbers read off its files: a run folder, a bare log of any dialect, or a training_history.json."""

import json
import threading
from collections.abc import Iterable
from pathlib import Path

from amn_tui.run.folder import RunFolder, check_readable
from amn_tui.run.formats.detect import DetectedDialect
from amn_tui.run.formats.ours import OursDialect
from amn_tui.run.guard_events import SystemSampled
from amn_tui.run.source import RecordSource
from amn_tui.run.step_rows import StepRows
from amn_tui.run.tail import Tail, read_small
from amn_tui.run.track import Track
from checks.errors import InputError
from trainer.events import EpochEnded, Stepped

CHUNK_BYTES = 1 << 17
HISTORY = "training_history.json"
HISTORY_KEYS = "an object with history: a list of {epoch, metric: number, ...}"


class TrackReader:
    """Reads one run into a track, a chunk at a time; what is wrong is said in `problem`, never raised.

    Whoever looks at the track while another thread reads holds `lock`, which is never held for longer than a few ms.
    """

    def __init__(self, path: Path) -> None:
        """Read the run at `path`, which is opened with the first read."""
        self.path = path
        self.lock = threading.Lock()
        self.track = Track()
        self.problem = ""
        self.share = 0.0  # of the log that has been read
        self._dialect = DetectedDialect()
        self._rows = StepRows()
        self._tail: Tail | None = None
        self._samples: RecordSource | None = None
        self._whole = False  # a file that is written once has been read

    def read(self) -> bool:
        """Read the next chunk; tell whether there is more to read at once."""
        if self._whole:
            return False
        try:
            if self._tail is None and not self._open():
                self._whole, self.share = True, 1.0
                return False
            return self._read_lines()
        except (OSError, InputError) as error:
            self.problem = str(error)
            return False

    def _open(self) -> bool:
        """Find the log; False when the numbers were read from a file that holds them all."""
        check_readable(self.path)
        if self.path.suffix == ".json":
            self._take_history(self.path)
            return False
        log = RunFolder(self.path).log if self.path.is_dir() else self.path
        if not log.exists():
            history = self.path / HISTORY
            if not history.exists():
                raise InputError(self.path, "", "no training.log", "the folder of a run that began to train")
            self._take_history(history)
            return False
        self._tail = Tail(log, follow=not self.path.is_dir(), chunk_bytes=CHUNK_BYTES)
        if self.path.is_dir():
            self._samples = RecordSource(RunFolder(self.path).system, (SystemSampled,))
        return True

    def _read_lines(self) -> bool:
        assert self._tail is not None  # noqa: S101 (opened above)
        news = self._tail.read()
        if news.restarted:
            self._start_over()
        with self.lock:
            self._take(news.lines)
            if not news.more:
                self._take_samples()
        self.share = self._tail.share
        self.problem = news.problem
        if not self.problem and not news.more and not self.track.version:
            self.problem = f"{self.path}: no epoch or step in a form that is known yet"
        return news.more

    def _take(self, lines: Iterable[str]) -> None:
        """Take lines in; a row of steps at once, since they are most of any log."""
        rows, ours = self._rows, self._dialect.name == OursDialect.name
        for line in lines:
            if rows.collect(line):
                continue
            rows.hand_on(self.track)
            event = self._dialect.read(line)
            self.track.take((event,))
            ours = ours or self._dialect.name == OursDialect.name
            if ours and isinstance(event, Stepped):
                rows.learn(line, event)
        rows.hand_on(self.track)

    def _take_samples(self) -> None:
        for event in self._samples.read() if self._samples else ():
            if isinstance(event, SystemSampled):
                self.track.take_sample(event.time, list_samples(event))

    def _start_over(self) -> None:
        self.track, self._dialect, self._rows = Track(version=self.track.version + 1), DetectedDialect(), StepRows()
        if self._samples is not None:
            self._samples.close()
            self._samples = RecordSource(RunFolder(self.path).system, (SystemSampled,))

    def _take_history(self, path: Path) -> None:
        try:
            rows = json.loads(read_small(path))["history"]
            events = [_read_row(row, len(rows)) for row in rows]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InputError(path, "", "something else", HISTORY_KEYS) from error
        self.track.take(events)

    def close(self) -> None:
        """Let the file go; a later read goes on where this one stopped."""
        if self._tail is not None:
            self._tail.pause()


def list_samples(sample: SystemSampled) -> dict[str, float]:
    """Return what a sample says as metrics; of every GPU under its number."""
    values = {
        "cpu_percent": sample.cpu_percent, "rss_bytes": float(sample.rss_bytes), "processes": float(sample.processes),
        "disk_free_bytes": float(sample.disk_free_bytes),
    }  # fmt: skip
    gpus = {
        f"gpu{number}_{name}": float(value) for number, gpu in enumerate(sample.gpus) for name, value in gpu.items()
    }
    return values | gpus


def _read_row(row: dict[str, object], epochs: int) -> EpochEnded:
    """Read one epoch of a training_history.json; raises KeyError, ValueError or TypeError for anything else."""
    numbers = {key: float(value) for key, value in row.items() if isinstance(value, (int, float)) and key != "epoch"}
    return EpochEnded(int(str(row["epoch"])), epochs, numbers)
