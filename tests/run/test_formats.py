"""Each dialect reads its own log and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amn_tui.run.formats.detect import DetectedDialect
from amn_tui.run.formats.original import OriginalDialect
from amn_tui.run.formats.ours import OursDialect, is_surely_text
from trainer.events import EpochEnded, LogEvent, Stepped, Text

ORIGINAL = """\
Epoch 3/20
  Batch 100/20420 | Loss: 0.002262 | MSE: 0.001292 | Cosine: 0.5135
  Train Loss: 0.002016 | Train Cosine: 0.4528 | MSE: 0.001040
  Val Loss: 0.001422 | Val Cosine: -0.4539

  ✓ Saved best model (val_loss: 0.001422)"""


def read(text: str, dialect: object = None) -> list[LogEvent]:
    reader = dialect or DetectedDialect()
    events = [reader.read(line) for line in text.splitlines()]  # type: ignore[attr-defined]
    return [event for event in events if not isinstance(event, Text)]


def test_the_originals_epoch_is_complete_with_its_val_line() -> None:
    assert read(ORIGINAL) == [
        Stepped(3, 20, 100, 20420, {"loss": 0.002262, "mse": 0.001292, "cosine": 0.5135}),
        EpochEnded(3, 20, {"train_loss": 0.002016, "train_cosine": 0.4528, "train_mse": 0.00104,
                           "val_loss": 0.001422, "val_cosine": -0.4539}),
    ]  # fmt: skip


def test_the_originals_sister_writes_one_line() -> None:
    line = "Epoch 3/20: Train Loss: 0.002 | Train Cosine: 0.45 | Val Loss: nan | Val Cosine: 0.46"
    (event,) = read(line)
    assert isinstance(event, EpochEnded)
    assert event.epoch == 3
    assert event.values["val_cosine"] == 0.46
    assert event.values["train_loss"] == 0.002


def test_an_epoch_without_a_val_line_is_never_made_up() -> None:
    assert read("Epoch 1/2\n  Train Loss: 1.0 | Train Cosine: 0.1\nEpoch 2/2\n  Val Loss: 1.0 | Val Cosine: 0.2") == [
        EpochEnded(2, 2, {"val_loss": 1.0, "val_cosine": 0.2})
    ]


def test_the_dialect_is_found_and_kept() -> None:
    reader = DetectedDialect()
    assert reader.name == "unknown"
    assert reader.read("Loading data…") == Text("Loading data…")
    assert isinstance(reader.read("2026-11-22T10:24:40Z Epoch 1/20 done val_cosine=0.4"), EpochEnded)
    assert reader.name == "amn-tui"
    assert read(ORIGINAL, reader) == []


@pytest.mark.parametrize(
    "line", ["", "Epoch", "Epoch 1/", "Batch 1/2 | Loss: 1", "  Val Loss: 1 | Val Cosine: 0.5", "Epoch ١/٢"]
)
def test_what_only_looks_like_it_is_text(line: str) -> None:
    assert read(line) == []


@given(st.lists(st.text(max_size=60), max_size=5))
def test_nothing_is_ever_raised(lines: list[str]) -> None:
    for dialect in (OursDialect(), OriginalDialect(), DetectedDialect()):
        for line in lines:
            dialect.read(line)


def test_hostile_lines_cost_nothing() -> None:
    dialect = OriginalDialect()
    dialect.read("Epoch 1/2")
    for line in ("Epoch 1/2: " + "Val Cosine: 1 | " * 4000 + "x", "  Val Loss:" + " " * 60_000 + "x", "A " * 32_000):
        dialect.read(line)


BAR = " 50%|█████     | 5/10 [00:01<00:01,  4.99it/s, loss=0.5]"


def test_what_is_printed_behind_a_progress_bar_is_read() -> None:
    line = "2026-11-22T10:24:40Z Epoch 1/20 done val_cosine=0.5"
    for between in ("", " "):
        (event,) = read(f"{BAR}{between}{line}")
        assert isinstance(event, EpochEnded)
    assert read(BAR) == read(f"{BAR} done") == read(f"he said: {line}") == []
    behind = "\n".join(f"{BAR}{line}" for line in ORIGINAL.splitlines())
    assert read(behind)[-1] == read(ORIGINAL)[-1]


@pytest.mark.parametrize(
    ("line", "surely"),
    [
        ("2026-11-22T10:04:11Z Epoch 1/20 done val_cosine=0.5", False),
        (" 50%|███  | 5/10 [00:01<00:01] 2026-11-22T10:04:11Z stopped by=SIGTERM epoch=1 step=2", False),
        ("UserWarning: a batch took longer than usual", True),
        ("short", True),
        ("", True),
    ],
)
def test_what_is_surely_text_is_told_at_a_glance(line: str, surely: bool) -> None:
    assert is_surely_text(line) is surely
    assert not surely or isinstance(OursDialect().read(line), Text)
