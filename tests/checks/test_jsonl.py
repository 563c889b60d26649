import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.jsonl import append_line, build, decode_line, encode_line, name_event
from checks.result import PREFLIGHT_EVENTS, CheckEnded, CheckStarted, Control, Measured, PreflightEnded
from checks.verdict import Verdict


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    number: float


@dataclass(frozen=True)
class Sample:
    name: str
    count: int = 0
    share: float = 0.0
    on: bool = False
    colour: Colour = Colour.RED
    inner: Inner | None = None
    words: tuple[str, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)
    mixed: Mapping[str, float | int | str | bool | None] = field(default_factory=dict)


def test_the_event_is_named_after_its_class() -> None:
    assert name_event(CheckEnded) == "check_ended"
    assert json.loads(encode_line(CheckStarted(1.0, "x"))) == {"event": "check_started", "time": 1.0, "check": "x"}


FINITE = st.floats(allow_nan=False)
SAMPLES = st.builds(
    Sample,
    name=st.text(),
    count=st.integers(),
    share=FINITE,
    on=st.booleans(),
    inner=st.none() | st.builds(Inner, FINITE),
    words=st.lists(st.text()).map(tuple),
    values=st.dictionaries(st.text(), FINITE),
    mixed=st.dictionaries(
        st.text(), st.none() | st.booleans() | st.integers() | st.floats(-1e6, 1e6) | st.text().map("_".__add__)
    ),
)


@settings(deadline=None)  # a busy machine is no failure
@given(SAMPLES)
def test_what_is_written_is_read(sample: Sample) -> None:
    line = encode_line(sample)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert decode_line(line, [Sample]) == sample


@pytest.mark.parametrize(("value", "text"), [(math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf")])
def test_numbers_that_are_none_become_words_and_come_back(value: float, text: str) -> None:
    event = PreflightEnded(0.0, Verdict.PASS, {"mean": value}, 1.0)
    line = encode_line(event)
    assert json.loads(line)["baselines"]["mean"] == text
    read = decode_line(line, [PreflightEnded])
    assert read is not None
    assert str(read.baselines["mean"]) == str(value)


def test_a_whole_result_comes_back() -> None:
    measured: dict[str, Measured] = {"mean": 0.5, "rows": 3, "way": "flat", "known": True, "none": None}
    event = CheckEnded(
        1.5, "c", Verdict.FAIL, Control("broken", Verdict.ERROR, measured), measured, "e", "d", 0.1, "why"
    )
    assert decode_line(encode_line(event), PREFLIGHT_EVENTS) == event


def test_an_older_reader_survives_a_newer_writer() -> None:
    line = encode_line(CheckStarted(1.0, "x"), seq=7)
    assert json.loads(line)["seq"] == 7
    assert decode_line(line, [CheckStarted]) == CheckStarted(1.0, "x")


@pytest.mark.parametrize(
    "line",
    [
        "", "\n", "text", "{", "null", "1", "[]", '"event"',
        "{}", '{"event": 1}', '{"event": []}', '{"event": "other"}',
        '{"event": "check_started"}', '{"event": "check_started", "time": "soon", "check": "x"}',
        '{"event": "check_started", "time": true, "check": "x"}', '{"event": "check_started", "time": 1.0, "check": 2}',
        '{"event": "check_started", "time": 1.0, "check": "x"', "[" * 100_000, b"\xff\xfe", b'{"event": "\xff"}',
        '{"event": "check_started", "time": 1' + "0" * 400 + ', "check": "x"}',
    ],
)  # fmt: skip
def test_a_foreign_or_torn_line_is_none(line: str | bytes) -> None:
    assert decode_line(line, PREFLIGHT_EVENTS) is None


@settings(deadline=None)  # a busy machine is no failure
@given(st.binary(max_size=80) | st.text(max_size=80))
def test_reading_is_total(line: str | bytes) -> None:
    assert decode_line(line, PREFLIGHT_EVENTS) is None or line


def test_a_wrong_type_is_refused() -> None:
    with pytest.raises(TypeError):
        build(Sample, {"name": 3})
    with pytest.raises(TypeError):
        build(Sample, {})
    with pytest.raises(ValueError, match="green"):
        build(Sample, {"name": "x", "colour": "green"})


def test_lines_are_appended(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    events = [CheckStarted(float(number), f"check {number}") for number in range(3)]
    for event in events:
        append_line(path, event)
    assert [decode_line(line, [CheckStarted]) for line in path.read_bytes().splitlines()] == events
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_torn_last_line_is_closed_first(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"event": "check_sta')
    append_line(path, CheckStarted(1.0, "x"))
    lines = path.read_bytes().splitlines()
    assert [decode_line(line, [CheckStarted]) for line in lines] == [None, CheckStarted(1.0, "x")]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="link"):
        append_line(tmp_path / "link", CheckStarted(1.0, "x"))
    assert not (tmp_path / "other").exists()
