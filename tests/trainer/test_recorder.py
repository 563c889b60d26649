import io
import json
import math
from pathlib import Path

from checks.jsonl import decode_line
from trainer.events import Configured, EpochEnded, Rescored, Saved, Stopped, parse_line
from trainer.recorder import METRICS_FILE, Recorder

NOW_S = 1_795_000_000.0


def record(tmp_path: Path, *events: object) -> tuple[list[str], list[dict[str, object]]]:
    out = io.StringIO()
    recorder = Recorder(tmp_path, out, lambda: NOW_S)
    for event in events:
        recorder.record(event)  # type: ignore[arg-type]
    lines = (tmp_path / METRICS_FILE).read_text("utf-8").splitlines()
    return out.getvalue().splitlines(), [json.loads(line) for line in lines]


def test_log_and_metrics_carry_the_same_rounded_number_and_metrics_the_whole_one_too(tmp_path: Path) -> None:
    log, metrics = record(tmp_path, EpochEnded(1, 20, {"val_cosine": 0.44999987, "seconds": 3.0}))
    read = parse_line(log[0])
    assert isinstance(read, EpochEnded)
    assert read.values == {"val_cosine": 0.45, "seconds": 3}
    assert read.time == NOW_S
    assert metrics[0]["values"] == {"val_cosine": 0.45, "seconds": 3.0}
    assert metrics[0]["exact"] == {"val_cosine": 0.44999987, "seconds": 3.0}
    assert decode_line(json.dumps(metrics[0]), [EpochEnded]) == read


def test_every_event_reads_back_from_both(tmp_path: Path) -> None:
    events = [
        Configured({"lr": "0.0005", "data": "a b", "pretrained": ""}, NOW_S),
        Saved("checkpoints/last.safetensors", 1, 217, 0.08, NOW_S),
        Rescored("checkpoints/best.safetensors", 1, 0.445686, 0.000012, NOW_S),
        Stopped("SIGTERM", 1, 3, NOW_S),
    ]
    log, metrics = record(tmp_path, *events)
    assert [parse_line(line) for line in log] == events
    assert [decode_line(json.dumps(line), [type(event)]) for line, event in zip(metrics, events, strict=True)] == events


def test_nan_is_an_event_and_not_a_crash(tmp_path: Path) -> None:
    log, metrics = record(tmp_path, EpochEnded(1, 1, {"train_loss": math.nan}))
    read = parse_line(log[0])
    assert isinstance(read, EpochEnded)
    assert math.isnan(read.values["train_loss"])
    assert metrics[0]["values"] == {"train_loss": "nan"}


def test_text_stays_one_line(tmp_path: Path) -> None:
    out = io.StringIO()
    Recorder(tmp_path, out).say("a path\nwith a\r\nbreak")
    assert out.getvalue() == "a path with a break\n"


def test_every_line_is_flushed_at_once(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w", encoding="utf-8") as file:
        Recorder(tmp_path, file).say("now")
        assert (tmp_path / "log").read_text("utf-8") == "now\n"
