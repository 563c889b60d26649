import dataclasses
import io
import json
import math
import time
from pathlib import Path

from checks.jsonl import decode_line
from checks.printer import Printer, format_check, format_end
from checks.result import (
    PREFLIGHT_EVENTS,
    CheckEnded,
    CheckProgressed,
    Control,
    PreflightEnded,
    PreflightEvent,
    PreflightStarted,
)  # fmt: skip
from checks.verdict import Verdict

PASSED = CheckEnded(
    1.0, "off_by_one", Verdict.PASS, Control("shifted", Verdict.FAIL), {"edge": math.nan}, "e", "fine", 0.51
)
FAILED = CheckEnded(2.0, "off_by_one", Verdict.FAIL, None, {}, "order", "\x1b[31mno\nbidi\u202e", 0.5, "accepted")
STARTED = PreflightStarted(0.0, ("off_by_one",), ("Off by one",))
ENDED = PreflightEnded(3.0, Verdict.PASS, {"copy_last": 0.5444}, 6.2)


def test_a_check_is_one_plain_line() -> None:
    assert format_check(PASSED) == "PASS  off_by_one           fine [control: shifted: FAIL] 0.5 s"
    assert (
        format_check(FAILED) == "FAIL  off_by_one           �[31mno�bidi�; expected order (overridden: accepted) 0.5 s"
    )


def test_the_end_says_the_baselines_or_why_there_are_none() -> None:
    assert format_end(ENDED) == "PASS  preflight            copy_last=0.544 6.2 s"
    assert "one article" in format_end(PreflightEnded(3.0, Verdict.ERROR, {}, 1.0, "one article"))


def test_events_go_to_the_file_and_lines_to_the_stream(tmp_path: Path) -> None:
    stream = io.StringIO()
    printer = Printer(tmp_path / "preflight.jsonl", stream, as_json=False)
    events: list[PreflightEvent] = [STARTED, CheckProgressed(0.0, "off_by_one", 0.5), FAILED, ENDED]
    for event in events:
        printer.emit(event)
    printer.close()
    lines = (tmp_path / "preflight.jsonl").read_bytes().splitlines()
    assert [decode_line(line, PREFLIGHT_EVENTS) for line in lines] == events
    assert stream.getvalue().splitlines() == [format_check(FAILED), format_end(ENDED)]


def test_as_json_the_stream_holds_one_list_and_nothing_else() -> None:
    stream = io.StringIO()
    printer = Printer(None, stream, as_json=True)
    for event in (STARTED, CheckProgressed(0.0, "off_by_one", 0.5), PASSED, ENDED):
        printer.emit(event)
    assert stream.getvalue() == ""
    printer.close()
    assert json.loads(stream.getvalue()) == [
        {
            "check": "off_by_one", "verdict": "PASS",
            "control": {"broken": "shifted", "verdict": "FAIL", "measured": {}},
            "measured": {"edge": "nan"}, "expected": "e", "detail": "fine", "seconds": 0.51, "overridden": "",
            "control_seconds": 0.0, "measured_at": None,
        }
    ]  # fmt: skip


def test_checks_are_printed_in_the_order_they_were_announced_in() -> None:
    stream = io.StringIO()
    printer = Printer(None, stream, as_json=False)
    first, second, third = (dataclasses.replace(PASSED, check=name) for name in ("first", "second", "third"))
    printer.emit(PreflightStarted(0.0, ("first", "second", "third"), ("", "", "")))
    printer.emit(second)
    assert stream.getvalue() == ""
    printer.emit(first)
    assert stream.getvalue().splitlines() == [format_check(first), format_check(second)]
    printer.emit(third)
    assert stream.getvalue().splitlines() == [format_check(one) for one in (first, second, third)]


def test_numbers_of_an_earlier_time_say_so() -> None:
    measured_at = time.mktime((2026, 11, 25, 14, 3, 0, 0, 0, -1))
    line = format_check(dataclasses.replace(PASSED, measured_at=measured_at))
    assert line.endswith("[control: shifted: FAIL] cached, measured 2026-11-25 14:03")
