"""Keys that a program, or a quick hand, sends in one write to a real terminal, at once or before there is a screen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
RUN = Path(__file__).parents[2] / "sample_logs" / "healthy"


@pytest.mark.parametrize("when", ["val", "opening", ""], ids=["once it is there", "while it opens", "before"])
@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("/loss\r", " of 120"),
        ("/loss\r/cosine\rNN", "/ cosine "),
        ("cg4\r", "▸ epoch 4 "),
        ("cmgradn\r", "grad_norm by epochs"),
    ],
)
def test_no_key_is_lost(open_terminal: Callable[..., Any], tmp_path: Path, when: str, keys: str, words: str) -> None:
    terminal = open_terminal("attach", "--read-only", str(RUN))
    if when:
        terminal.wait_for(when)
    terminal.press(keys)
    terminal.wait_for(words)
    assert terminal.process.poll() is None
    assert not list(tmp_path.glob("*.svg"))  # the s of "loss" is no key that saves a picture
