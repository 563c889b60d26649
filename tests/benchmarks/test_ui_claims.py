"""A claim that does not hold is said, and ends the command with 1."""

import math

import pytest

from benchmarks.ui_claims import Finding, PeerRow, format_findings, format_rows


@pytest.mark.parametrize(
    ("value", "limit", "holds"),
    [(1.0, 1.15, True), (1.15, 1.15, True), (1.16, 1.15, False), (math.nan, 1.15, False), (9.0, None, True)],
)
def test_a_value_must_not_be_above_its_limit(value: float, limit: float | None, holds: bool) -> None:
    finding = Finding("first paint", value, limit, "x hello", "100 ms")
    assert finding.holds is holds
    said = "" if limit is None else "holds" if holds else "DOES NOT HOLD"
    assert (said in finding.describe()) if said else ("hold" not in finding.describe())
    assert "first paint" in format_findings([finding])


def test_what_was_not_measured_of_a_peer_is_left_open() -> None:
    head, row = format_rows([PeerRow("lnav", first_paint_ms=322.0, note="could not be driven: no")]).splitlines()
    assert "first paint ms" in head
    assert row.split() == ["lnav", "322", "could", "not", "be", "driven:", "no"]
