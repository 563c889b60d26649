"""The measurement of the chart measures something: small, so that it is quick."""

import pytest

from benchmarks.chart_drawing import main


def test_it_says_what_drawing_and_keeping_cost(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["chart_drawing", "--epochs", "200", "--lines", "500"])
    main()
    said = capsys.readouterr().out
    for words in ("cursor moved", "new epoch", "of every point drawn", "500 lines of steps", "MB kept"):
        assert words in said
