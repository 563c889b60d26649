"""Small tables that a model can learn from within a second."""

import io
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
from numpy.typing import NDArray

from trainer.build.vectors import quantise
from trainer.config import TrainConfig
from trainer.events import EpochEnded, LogEvent, parse_line
from trainer.recorder import Recorder
from trainer.stop import StopRequest

DIM = 16
MakeTable = Callable[..., Path]
Train = Callable[..., list[LogEvent]]


@pytest.fixture
def make_table(tmp_path: Path) -> MakeTable:
    """Write a table: every article walks slowly through the sphere, so that the next vector can be predicted."""

    def make(name: str = "table", sizes: Sequence[int] = (20,) * 12, dim: int = DIM, kinds: Sequence[str] = ()) -> Path:
        random = np.random.default_rng(len(sizes))
        rows = []
        for size in sizes:
            walk = random.normal(size=dim) + np.cumsum(random.normal(size=(size, dim)), axis=0) * 0.2
            rows.append(walk / np.linalg.norm(walk, axis=1, keepdims=True))
        folder = tmp_path / name
        folder.mkdir()
        np.save(folder / "vectors.npy", np.concatenate(rows).astype(np.float32))
        np.save(folder / "offsets.npy", np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))
        articles = [
            {"id": i, "title": f"Article {i}", "kind": kinds[i] if kinds else "article"} for i in range(len(sizes))
        ]
        (folder / "articles.jsonl").write_text("".join(json.dumps(article) + "\n" for article in articles), "utf-8")
        (folder / "manifest.json").write_text(json.dumps({"name": name, "dim": dim}), "utf-8")
        return folder

    return make


@pytest.fixture
def draw_article() -> Callable[..., NDArray[np.float32]]:
    """Draw an article of unit vectors, any two of which have about the cosine `alike`."""

    def draw(size: int, seed: int, alike: float = 0.5, dim: int = 64) -> NDArray[np.float32]:
        random = np.random.default_rng(seed)
        rows = np.sqrt(alike) * random.normal(size=dim) + np.sqrt(1 - alike) * random.normal(size=(size, dim))
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    return draw


@pytest.fixture
def write_rows(tmp_path: Path) -> MakeTable:
    """Write a table of given articles, each (n, D); int8 with scales where that is asked for."""

    def write(
        name: str,
        articles: Sequence[NDArray[np.float32]],
        titles: Sequence[str] = (),
        kinds: Sequence[str] = (),
        dtype: str = "float32",
        **manifest: object,
    ) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        rows = np.concatenate(articles)
        if dtype == "int8":
            rows, scales = quantise(rows)
            np.save(folder / "scales.npy", scales)
        np.save(folder / "vectors.npy", rows.astype(dtype))
        np.save(folder / "offsets.npy", np.cumsum([0, *map(len, articles)]).astype(np.int64))
        lines = [
            {"id": i, "title": titles[i] if titles else f"Article {i}", "kind": kinds[i] if kinds else "article"}
            for i in range(len(articles))
        ]
        (folder / "articles.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        (folder / "manifest.json").write_text(json.dumps({"name": name, **manifest}), "utf-8")
        return folder

    return write


class StopAfter(StopRequest):
    """Asks to stop when it was asked `checks` times."""

    def __init__(self, checks: float = float("inf")) -> None:
        super().__init__(None, 0.0)
        self.left = checks

    def check(self) -> str | None:
        self.left -= 1
        return "SIGTERM" if self.left < 0 else None


@pytest.fixture
def run_training() -> Train:
    """Train in this process and return the events of the log."""
    from trainer.device import choose_device
    from trainer.group import Group
    from trainer.loop import train

    def run(config: TrainConfig, stop_after: float = float("inf")) -> list[LogEvent]:
        out = io.StringIO()
        Path(config.output_dir).mkdir(parents=True, exist_ok=True)
        recorder = Recorder(Path(config.output_dir), out, lambda: 1_800_000_000.0)
        train(config, recorder, StopAfter(stop_after), Group(device=choose_device(config.device)))
        return [parse_line(line) for line in out.getvalue().splitlines()]

    return run


@pytest.fixture
def tiny_config(make_table: MakeTable, tmp_path: Path) -> Callable[..., TrainConfig]:
    """A configuration that trains on a tiny table within a fraction of a second."""
    made: list[Path] = []

    def configure(output: str = "run", **changes: object) -> TrainConfig:
        if not made:
            made.append(make_table())
        base = {"data": str(made[0]), "output_dir": str(tmp_path / output), "epochs": 3, "lr": 1e-3, "threads": 1}
        return TrainConfig(**{**base, "log_every": 2, "device": "cpu", **changes})  # type: ignore[arg-type]

    return configure


@pytest.fixture
def epochs_of() -> Callable[[Sequence[LogEvent]], list[EpochEnded]]:
    """Pick the ends of epochs out of a log."""
    return lambda events: [event for event in events if isinstance(event, EpochEnded)]
