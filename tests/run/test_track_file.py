"""Runs read off files: folders, bare logs of every dialect, histories, and what is none of them is said."""

import json
from pathlib import Path

import pytest

from amn_tui.run.guard_events import SystemSampled
from amn_tui.run.outcome import Outcome
from amn_tui.run.siblings import list_siblings, read_sibling
from amn_tui.run.track_file import TrackReader, list_samples

SAMPLES = Path(__file__).parents[2] / "sample_logs"


def read_all(path: Path) -> TrackReader:
    reader = TrackReader(path)
    while reader.read():
        pass
    return reader


@pytest.mark.parametrize(
    ("sample", "epochs", "steps"),
    [("healthy", 20, {"loss", "samples_per_s"}), ("original", 3, {"loss", "cosine"}), ("noisy", 3, {"loss"})],
)
def test_samples_are_read(sample: str, epochs: int, steps: set[str]) -> None:
    for path in (SAMPLES / sample, SAMPLES / sample / "training.log"):
        reader = read_all(path)
        assert reader.problem == ""
        assert reader.share == 1.0
        assert len(reader.track.epochs["val_cosine"]) == epochs
        assert steps <= set(reader.track.steps)
        reader.close()


def test_the_machine_is_read_beside_the_log() -> None:
    system = read_all(SAMPLES / "healthy").track.system
    assert set(system) == {"cpu_percent", "rss_bytes", "processes", "disk_free_bytes"}
    assert len(system["cpu_percent"]) == 25
    assert read_all(SAMPLES / "healthy" / "training.log").track.system == {}
    sample = SystemSampled(1.0, 2.0, 3, 4, 5, ({"percent": 87.0, "used_bytes": 6e10},))
    assert list_samples(sample)["gpu0_percent"] == 87.0


def test_a_history_is_a_run(tmp_path: Path) -> None:
    rows = [{"epoch": number, "val_cosine": 0.5 * number, "note": "x"} for number in (1, 2)]
    (tmp_path / "training_history.json").write_text(json.dumps({"history": rows, "best_val_loss": 1}))
    for path in (tmp_path, tmp_path / "training_history.json"):
        reader = read_all(path)
        assert list(reader.track.epochs["val_cosine"].last) == [0.5, 1.0]
        assert (reader.problem, reader.share) == ("", 1.0)
        assert not reader.read()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("gone", None, "expected a run folder or a log file"),
        ("empty", "folder", "no training.log"),
        ("text.log", "hello\n", "no epoch or step in a form that is known yet"),
        ("bad.json", "{", "expected an object with history"),
        ("other.json", '{"history": [{"loss": 1}]}', "expected an object with history"),
        ("list.json", "[1]", "expected an object with history"),
    ],
)
def test_what_is_no_run_is_said(tmp_path: Path, name: str, content: str | None, words: str) -> None:
    path = tmp_path / name
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_text(content)
    reader = read_all(path)
    assert str(path) in reader.problem
    assert words in reader.problem


def test_a_log_that_grows_and_one_that_is_replaced(tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text("Epoch 1/3: Train Loss: 0.002 | Val Cosine: 0.45\n")
    reader = read_all(log)
    reader.close()
    with log.open("a") as stream:
        stream.write("Epoch 2/3: Train Loss: 0.001 | Val Cosine: 0.46\n")
    reader.read()
    assert list(reader.track.epochs["val_cosine"].last) == [0.45, 0.46]
    version = reader.track.version
    log.write_text("Epoch 1/3: Train Loss: 0.002 | Val Cosine: 0.30\n")
    reader.read()
    assert list(reader.track.epochs["val_cosine"].last) == [0.3]
    assert reader.track.version > version
    reader.close()


def test_the_runs_beside_a_run(tmp_path: Path) -> None:
    for name in ("a", "b", "empty"):
        (tmp_path / name).mkdir()
    (tmp_path / "b" / "training.log").write_text("Epoch 1/3: Train Loss: 0.002 | Val Cosine: -0.1\n")
    (tmp_path / "a" / "training.log").write_text("nothing\n")
    (tmp_path / "a.log").write_text("")
    assert set(list_siblings(tmp_path, tmp_path / "a")) == {tmp_path / "b"}
    assert list_siblings(tmp_path / "gone", tmp_path) == []
    assert read_sibling(tmp_path / "b").best == -0.1
    assert read_sibling(tmp_path / "a").best is None
    assert read_sibling(tmp_path / "empty").best is None


@pytest.mark.parametrize(
    ("sample", "outcome", "best"),
    [("healthy", Outcome.COMPLETED, 0.587862), ("killed", Outcome.CRASHED, 0.55939),
     ("noisy", Outcome.CRASHED, 0.572268), ("gate-abort", Outcome.ABORTED_BY_GATE, 0.228366),
     ("nan", Outcome.ABORTED_BY_GATE, None)],
)  # fmt: skip
def test_how_the_samples_ended_and_what_they_reached(sample: str, outcome: Outcome, best: float | None) -> None:
    sibling = read_sibling(SAMPLES / sample)
    assert (sibling.outcome, sibling.best) == (outcome, best)
