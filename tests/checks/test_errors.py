from pathlib import Path

import pytest

from checks.errors import InputError


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            (Path("plan.toml"), "gates.floor", "nan", "a number"),
            "plan.toml: gates.floor: found 'nan', expected a number",
        ),
        (("--seed", "", -1, "0 or more"), "--seed: found -1, expected 0 or more"),
        (("file", "", "a\nb\x1b[31m", "text"), r"file: found 'a\nb\x1b[31m', expected text"),
    ],
)
def test_bad_input_in_one_line(arguments: tuple[str, str, object, str], text: str) -> None:
    assert str(InputError(*arguments)) == text


def test_hostile_input_stays_one_short_line() -> None:
    text = str(InputError(Path("a\x1b]0;x\x07\nb"), "k\r\u202e" * 1000, {"x": "y" * 10_000}, "é" + "z\x9b" * 10_000))
    assert text.isprintable()
    assert text.startswith(r"a\x1b]0;x\x07\nb: k\r\u202e")
    assert "é" in text
    assert len(text) < 6000
