"""What matches which lines: smart case, expressions that are kept to their time, and the kinds of lines."""

import time

import pytest

from amn_tui.ui import log_pattern
from amn_tui.ui.log_pattern import Level, PlainPattern, RegexpPattern, SlowPatternError, match_epoch, match_level

EVIL = r"(.*,){20}P"


def test_small_letters_match_capitals_and_capitals_only_themselves() -> None:
    assert PlainPattern("cuda").holds("CUDA error")
    assert not PlainPattern("Cuda").holds("CUDA error")
    assert RegexpPattern(r"\Sda\b").holds("CUDA error")  # the S of an escape is no capital letter
    assert not RegexpPattern(r"Cuda").holds("CUDA error")
    assert PlainPattern("é").holds("É")


def test_words_are_taken_literally() -> None:
    assert PlainPattern("a.c*").list_spans("abc a.c* x A.C*") == [(4, 8), (11, 15)]
    assert not PlainPattern("[").list_spans("none")


def test_what_is_no_expression_is_said() -> None:
    with pytest.raises(ValueError, match="position"):
        RegexpPattern("[a")


def test_an_expression_that_runs_away_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_pattern, "LINE_S", 0.01)
    evil, line = RegexpPattern(EVIL), "x," * 60
    began_s = time.process_time()
    for _ in range(log_pattern.MOST_SLOW):
        assert not evil.holds(line)
    with pytest.raises(SlowPatternError, match="more than 10 lines"):
        evil.holds(line)
    assert evil.list_spans(line) == []
    assert time.process_time() - began_s < 5


LINES = {
    "2026-11-22T10:24:40Z Epoch 3/20 done val_cosine=0.5": {Level.EPOCHS},
    "Epoch 3/20": {Level.EPOCHS},
    "  Val Loss: 0.001422 | Val Cosine: 0.4539": {Level.EPOCHS},
    "2026-11-22T10:04:12Z Epoch 1/999 step 5/999 loss=0.00189": {Level.STEPS},
    "  Batch 100/20420 | Loss: 0.002262": {Level.STEPS},
    "RuntimeError: CUDA error": {Level.ERRORS, Level.WARNINGS},
    "Traceback (most recent call last):": {Level.ERRORS, Level.WARNINGS},
    "x.py:3: UserWarning: slow": {Level.WARNINGS},
    "val_error=0.1 nanny terror": set(),
}


@pytest.mark.parametrize("line", LINES)
def test_lines_are_of_their_kind(line: str) -> None:
    assert {level for level in Level if match_level(level).holds(line)} == LINES[line]


def test_an_epoch_is_told_from_another_one() -> None:
    assert match_epoch(3, ended=True).holds("2026-11-22T10:24:40Z Epoch 3/20 done x=1")
    assert not match_epoch(3, ended=True).holds("Epoch 3/20 step 1/2")
    assert match_epoch(3, ended=False).holds("Epoch 3/20")
    assert not match_epoch(3, ended=False).holds("Epoch 13/20")
    assert not match_epoch(3, ended=False).holds("Epoch 30/33")
