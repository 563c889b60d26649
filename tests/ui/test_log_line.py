"""A log line's colour says its kind; its text stays what it was."""

import pytest

from amn_tui.ui.line import Tone
from amn_tui.ui.log_line import tone_line

EPOCH = "2026-11-23T02:08:12Z Epoch 1/20 done train_loss=0.008308 val_cosine=0.522722 seconds=7.2"


@pytest.mark.parametrize(
    ("text", "tones"),
    [
        (EPOCH, [Tone.DIM, Tone.PLAIN, Tone.VAL, Tone.PLAIN]),
        (EPOCH.replace("val_cosine", "val_acc"), [Tone.DIM, Tone.STRONG]),
        ("2026-11-23T02:08:06Z Epoch 1/20 step 40/217 loss=0.039626", [Tone.DIM]),
        ("2026-11-23T02:08:05Z config lr=0.1", [Tone.DIM]),
        ("2026-11-23T02:08:05Z stopped by=SIGTERM epoch=2 step=31", [Tone.DIM, Tone.WARN]),
        ("  Val Loss: 0.001422 | Val Cosine: 0.4539", [Tone.STRONG]),
        ("Epoch 3/20", [Tone.STRONG]),
        ("Traceback (most recent call last):", [Tone.FAIL]),
        ("RuntimeError: CUDA error", [Tone.FAIL]),
        ("hello", [Tone.PLAIN]),
        ("", [Tone.PLAIN]),
    ],
)
def test_a_line_is_coloured_by_its_kind_and_never_changed(text: str, tones: list[Tone]) -> None:
    line = tone_line(text)
    assert [part.tone for part in line] == tones
    assert "".join(part.text for part in line) == text


def test_a_hostile_line_costs_no_time() -> None:
    for text in ("Epoch " * 20_000, "val_cosine=" * 10_000, "Error" * 20_000, "1" * 65_536):
        assert "".join(part.text for part in tone_line(text)) == text
