"""The table of faults itself."""

import pytest

from tests.faults.catalogue import Fault, Outcome, Seen, judge, read_catalogue, summarise, write_table

FAULT = Fault(1, "Lifecycle", "the monitor is killed " * 4, "training goes on " * 8)
HOLDS, SKIPPED, FAILS = (Seen(outcome, (outcome.lower(),)) for outcome in list(Outcome)[:3])


def test_the_catalogue_has_every_row_once() -> None:
    assert [fault.row for fault in read_catalogue()] == list(range(1, 73))


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        ([], Outcome.NO_TEST), ([SKIPPED], Outcome.SKIPPED), ([SKIPPED, HOLDS], Outcome.HOLDS),
        ([HOLDS, FAILS, SKIPPED], Outcome.FAILS),
    ],
)  # fmt: skip
def test_one_failure_fails_a_row(seen: list[Seen], outcome: Outcome) -> None:
    assert judge(seen) is outcome


@pytest.mark.parametrize("columns", [20, 100, 160, 400])
def test_the_table_keeps_its_width_and_says_everything(columns: int) -> None:
    lines = write_table([FAULT], {1: [HOLDS, FAILS]}, columns)
    assert max(len(line) for line in lines) <= min(max(columns, 100), 160)
    words = " ".join(lines).split()
    assert words.count("monitor") == 4
    assert words.count("training") == 8
    assert {"FAILS", "holds;", "fails"} <= set(words)


def test_the_last_line_counts() -> None:
    assert summarise([FAULT], {1: [HOLDS, HOLDS]}, 1200) == (
        "1 rows: 1 holds, 0 skipped, 0 fails, 0 no test; 2 tests, 1,200 generated cases"
    )
