import math

from checks.finding import Findings
from checks.verdict import Verdict


def test_nothing_wrong_passes() -> None:
    finding = Findings({}).conclude("expected", "well")
    assert (finding.verdict, finding.expected, finding.detail) == (Verdict.PASS, "expected", "well")


def test_the_worst_is_said_first() -> None:
    findings = Findings({})
    assert not findings.demand(False, "a warning", Verdict.WARN)
    assert not findings.demand(False, "a failure")
    assert findings.demand(True, "nothing")
    finding = findings.conclude("expected", "well")
    assert finding.verdict is Verdict.FAIL
    assert finding.detail == "a failure; a warning"


def test_what_is_no_number_is_nan() -> None:
    findings = Findings({"a": 1, "b": "text", "c": None, "d": True, "e": 0.5})
    assert [findings.get(key) for key in ("a", "e")] == [1.0, 0.5]
    assert all(math.isnan(findings.get(key)) for key in ("b", "c", "d", "missing"))
    assert [findings.has(key) for key in ("a", "c", "missing")] == [True, False, False]
