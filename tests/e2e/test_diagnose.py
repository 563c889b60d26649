"""amn-tui diagnose as people call it: the debug actions run, and the exit code says whether anything is wrong."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from amn_tui.cli import cli
from benchmarks import broken_data

pytestmark = pytest.mark.slow
SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-c", "from amn_tui.cli import main; main()", *argv]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)


def test_a_sound_run_is_said_to_be_sound_by_all_three_actions() -> None:
    told = run("diagnose", str(SAMPLES / "healthy"), "--json")
    body = json.loads(told.stdout)
    assert (told.returncode, body["conclusion"]) == (0, "nothing is wrong")
    assert {action["name"]: action["verdict"] for action in body["actions"]} == {
        "norms": "PASS", "forward": "PASS", "compare": "PASS",
    }  # fmt: skip


def test_data_of_another_encoder_are_found_by_the_comparison() -> None:
    told = run("diagnose", str(SAMPLES / "blocked"))
    assert told.returncode == 3
    assert "FAIL     the data against the reference: encoder: B has 384 numbers a vector, A has 768" in told.stdout
    assert "the data are not what they should be" in told.stdout
    assert "$ amn-tui data compare wikipedia wikipedia-minilm" in told.stdout


def test_actions_that_fail_or_hang_are_told_and_the_rest_is_still_said(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "collapse", tmp_path / "collapse")
    plan = tmp_path / "collapse" / "plan.toml"
    plan.write_text(plan.read_text("utf-8").replace('train = "wikipedia"', 'train = "/nowhere/x.npz"', 1), "utf-8")
    told = run("diagnose", str(tmp_path / "collapse"), "--timeout", "0.1", "--json")
    body = json.loads(told.stdout)
    assert told.returncode == 3
    assert body["findings"][0]["cause"] == "loss dominance"
    found = {action["name"]: action["found"] for action in body["actions"]}
    assert "/nowhere/x.npz" in found["norms"]
    assert found["forward"] == "took too long and was given up"


def test_what_is_no_run_is_one_line_and_2(tmp_path: Path) -> None:
    told = run("diagnose", str(tmp_path / "gone"), "--quick")
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.count("\n") == 1


def test_quick_looks_at_nothing_but_the_run() -> None:
    asked = CliRunner().invoke(cli, ["diagnose", str(SAMPLES / "nan"), "--quick"], standalone_mode=False)
    assert asked.return_value == 3
    assert "train.tau=0.07" in asked.output
    assert "normalisation of the data" not in asked.output


@pytest.mark.timeout(300)
def test_unnormalised_targets_are_found_in_a_run_that_preflight_blocked(tmp_path: Path) -> None:
    material = broken_data.read_material()
    variant = next(found for found in broken_data.list_variants() if found.name == "unnormalised targets")
    data = variant.build(material, tmp_path)
    launched = run("launch", "--headless", "--run-dir", str(tmp_path / "run"), "--set", f"data.train={data}")
    assert launched.returncode == 3, launched.stdout + launched.stderr
    body = json.loads(run("diagnose", str(tmp_path / "run"), "--json").stdout)
    assert body["findings"][0]["cause"] == "data"
    evidence = " ".join(body["findings"][0]["evidence"])
    assert "mean norm 2.5" in evidence
    assert {action["name"]: action["verdict"] for action in body["actions"]}["norms"] == "FAIL"


@pytest.mark.timeout(300)
def test_a_run_that_info_nce_drowned_is_found_after_its_first_epoch(tmp_path: Path) -> None:
    values = ("train.lambda_mse=0.5", "train.lambda_info=0.5", "train.lambda_moment=0.0", "train.lambda_variance=0.0")
    settings = [part for value in values for part in ("--set", value)]
    launched = run("launch", "--headless", "--run-dir", str(tmp_path / "run"), *settings)
    assert launched.returncode == 4, launched.stdout + launched.stderr
    body = json.loads(run("diagnose", str(tmp_path / "run"), "--json").stdout)
    assert body["findings"][0]["cause"] == "loss dominance"
    assert "info is 9" in body["findings"][0]["evidence"][0]
    assert body["findings"][0]["next"]["command"].endswith("--set train.balance=adaptive")
    forward = next(action for action in body["actions"] if action["name"] == "forward")
    assert forward["verdict"] == "PASS"  # of the checkpoint that the run saved
    assert body["tree"][-1] == {"node": "abort", "stand": "failed"}
