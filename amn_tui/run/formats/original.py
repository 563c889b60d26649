"""The original trainer's log: an epoch is spread over lines and complete when its Val line is there.

    Epoch 3/20
      Batch 100/20420 | Loss: 0.002262 | MSE: 0.001292 | Cosine: 0.5135
      Train Loss: 0.002016 | Train Cosine: 0.4528 | MSE: 0.001040
      Val Loss: 0.001422 | Val Cosine: 0.4539

Its sisters write the epoch on one line (`Epoch 3/20: Train Loss: … | Val Cosine: …`).
"""

import re

from trainer.events import EpochEnded, LogEvent, Stepped, Text

_EPOCH = re.compile(r"\s*Epoch (\d{1,9})/(\d{1,9})(?=[:\s]|$):?(.*)", re.ASCII)
_BATCH = re.compile(r"\s*Batch (\d{1,12})/(\d{1,12})((?: \| .*)?)", re.ASCII)
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|nan|inf)"
_PAIR = re.compile(rf"(?:^|\|)\s*([A-Za-z][A-Za-z ]{{0,30}}):\s*({_NUMBER})\s*(?=\||$)", re.ASCII)
_RESULT = re.compile(r"\s*(Train|Val) Loss:", re.ASCII)


class OriginalDialect:
    """The dialect of train_unified.py; remembers the epoch whose lines are being read."""

    name = "original"

    def __init__(self) -> None:
        """Start before the first epoch."""
        self.epoch = 0
        self.epochs = 0
        self.values: dict[str, float] = {}

    def read(self, line: str) -> LogEvent:
        """Return what the line says; the Val line ends the epoch."""
        if found := _EPOCH.fullmatch(line):
            self.epoch, self.epochs, self.values = int(found[1]), int(found[2]), {}
            return self._end(found[3], line)
        if self.epoch and (found := _BATCH.fullmatch(line)):
            values = _read_pairs(found[3].removeprefix(" | "), "")
            return Stepped(self.epoch, self.epochs, int(found[1]), int(found[2]), values)
        if self.epoch and _RESULT.match(line):
            return self._end(line, line)
        return Text(line)

    def _end(self, pairs: str, line: str) -> LogEvent:
        self.values |= _read_pairs(pairs.strip(), "train_" if "Train" in pairs else "")
        if "val_cosine" not in self.values:
            return Text(line)
        values, self.values = self.values, {}
        return EpochEnded(self.epoch, self.epochs, values)


def _read_pairs(text: str, prefix: str) -> dict[str, float]:
    """Read `Train Cosine: 0.45 | MSE: 0.001`; names without Train or Val get `prefix`."""
    pairs = {}
    for name, value in _PAIR.findall(text):
        key = name.strip().lower().replace(" ", "_")
        pairs[key if key.startswith(("train_", "val_")) else prefix + key] = float(value)
    return pairs
