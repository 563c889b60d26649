import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*argv: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "benchmarks.broken_variants", *argv]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variant", "check"),
    [("t+2", "off_by_one FAIL"), ("leak", "off_by_one FAIL"), ("unnormalised", "eval_normalization FAIL"),
     ("targets by another encoder", "encoder_fingerprint FAIL")],
)  # fmt: skip
def test_preflight_stops_what_the_gate_cannot_see(variant: str, check: str) -> None:
    ended = run("--quick", "--only", variant)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    row = ended.stdout.splitlines()[1]
    assert " preflight " in row
    assert check in row


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "stopped"), [("InfoNCE", "gate 'bad init'"), ("npz of windows", "nothing")])
def test_the_gate_stops_what_preflight_cannot_see_and_lets_a_healthy_run_go_on(variant: str, stopped: str) -> None:
    ended = run("--only", variant)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f" {stopped} " in ended.stdout.splitlines()[1]


@pytest.mark.slow
def test_a_broken_variant_is_what_its_name_says(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from benchmarks.broken_data import list_variants, read_material;"
        "material = read_material();"
        "[v.build(material, pathlib.Path(sys.argv[1])) for v in list_variants() if v.name == 'off by one (t+2)']"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, check=True)
    windows = np.load(tmp_path / "train.npz")
    positions, contexts, targets = (
        windows[key] for key in ("sequence_positions", "context_sequences", "target_vectors")
    )
    inside = positions[:-2, 0] == positions[2:, 0]  # the window two later has the chunk t + 2 as its last
    assert (contexts[2:, -1][inside] == targets[:-2][inside]).all()
    manifest = json.loads((tmp_path / "train.manifest.json").read_text())
    assert manifest["encoder"] == "sentence-transformers/all-mpnet-base-v2"
