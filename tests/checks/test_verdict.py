from checks.verdict import Verdict, worst


def test_the_worst_verdict_counts() -> None:
    assert worst([Verdict.PASS, Verdict.ERROR, Verdict.FAIL]) is Verdict.ERROR
    assert worst([Verdict.WARN, Verdict.PASS]) is Verdict.WARN
    assert worst([]) is Verdict.PASS
