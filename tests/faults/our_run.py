"""Our own trainer under guard on a tiny table: an epoch of six steps takes a few hundredths of a second."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from amn_tui.run.folder import RunFolder, write_whole
from amn_tui.run.plan import Plan, Prepared, RunSection
from amn_tui.run.plan_file import write_plan
from checks.gate import Gate
from trainer.events import EpochEnded, Stepped, Text, parse_line

WaitUntil = Callable[[Callable[[], object]], None]
CALM = Gate(name="collapse", metric="drop", start=2, ceiling=2)  # so small a run rises and falls


class OurRun:
    """A run that goes on until it is stopped."""

    def __init__(self, launch: Any, data: Path, place: Path, wait_until: WaitUntil, *flags: str) -> None:
        """Start it in `place`/run."""
        self.launch, self.wait_until = launch, wait_until
        self.folder = launch.folder = RunFolder(place / "run")
        argv = [sys.executable, "-P", "-m", "trainer", "--data", str(data), "--output-dir", str(self.folder.path)]
        argv += ["--device", "cpu", "--threads", "1", "--log-every", "1", "--epochs", "1000000", *flags]
        self.folder.path.mkdir(parents=True)
        prepared = Prepared(
            launched_at="", version="", argv=tuple(argv), cwd=str(launch.tmp_path), host="", python=""
        )  # fmt: skip
        plan = Plan(run=RunSection(name="t"), gates=(CALM,), prepared=prepared)
        write_whole(self.folder.plan, write_plan(plan))
        self.guard = launch.guard()

    def read_log(self) -> list[Any]:
        """Return the log's events so far."""
        raw = self.folder.log.read_bytes() if self.folder.log.exists() else b""
        return [parse_line(line) for line in raw.decode().splitlines()]

    def find(self, kind: type[Any]) -> list[Any]:
        """Return the log's events of a kind."""
        return [event for event in self.read_log() if isinstance(event, kind)]

    def train_on(self) -> None:
        """Wait for two more epochs."""
        epochs = len(self.find(EpochEnded))
        self.wait_until(lambda: len(self.find(EpochEnded)) >= epochs + 2)

    def check_whole(self) -> None:
        """Hold that the log has every step and epoch once, and no line that is glued to another."""
        events = self.read_log()
        text = [event.text for event in events if isinstance(event, Text)]
        assert [words for words in text if re.search("Epoch|saved|stopped by", words)] == []
        epochs = [event.epoch for event in events if isinstance(event, EpochEnded)]
        assert epochs == list(range(1, len(epochs) + 1))
        steps = [(event.epoch, event.step) for event in events if isinstance(event, Stepped)]
        assert steps == [(1 + n // 6, 1 + n % 6) for n in range(len(steps))]
