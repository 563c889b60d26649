"""Every sample run folds to what its expected.toml says; none of them needs torch to be read."""

import tomllib
from pathlib import Path

import pytest

from amn_tui.run.session import read_run

SAMPLES = Path(__file__).resolve().parent.parent / "sample_logs"
NAMES = {"healthy", "collapse", "gate-abort", "nan", "killed", "blocked", "noisy", "original"}
FOLDERS = sorted(path.parent for path in SAMPLES.glob("*/expected.toml"))


def test_all_samples_are_there() -> None:
    assert {folder.name for folder in FOLDERS} == NAMES


@pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
def test_a_sample_folds_to_what_is_expected(folder: Path) -> None:
    expected = tomllib.loads((folder / "expected.toml").read_text("utf-8"))
    run = read_run(folder)
    assert run.phase == expected["phase"]
    assert (run.outcome or "") == expected.get("outcome", "")
    assert expected.get("words", "") in (run.ended.words if run.ended else "")
    assert [reading.epoch for reading in run.curve.epochs] == list(range(1, expected["epochs"] + 1))
    cosines = [f"{value:.6f}" for _, value in run.curve.list_values("val_cosine")]
    assert cosines == expected["val_cosine"]
    assert {line.check: str(line.ended.verdict) for line in run.checks if line.ended} == expected.get("checks", {})
    verdicts = {state.gate.name: str(state.judgement.verdict or "not yet") for state in run.gates}
    assert verdicts == expected["gates"]
    assert not run.problems
