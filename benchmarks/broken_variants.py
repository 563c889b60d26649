"""Break the shipped data in every way we know, and show what stops each: preflight, or the gate at epoch 1.

    python -m benchmarks.broken_variants [--quick] [--only WORD]

Every variant is built from the shipped Wikipedia table in a temporary folder, goes through the real `python -m checks`,
and (also where preflight has stopped it, for information) through one epoch of the real `python -m trainer`, whose
val_cosine is judged by the demo plan's gate. `--quick` leaves the training out where preflight has decided.
Exit status 1 unless every broken variant is stopped and no healthy one is.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.broken_data import (
    CONTEXT,
    DATASETS,
    SEED,
    VAL_FRACTION,
    Material,
    Variant,
    list_variants,
    read_material,
)
from checks.gate import Action, Gate, Reading, judge
from checks.verdict import Verdict
from trainer.events import EpochEnded, parse_line

ROOT = Path(__file__).resolve().parents[1]
DEMO = tomllib.loads((ROOT / "amn_tui" / "plans" / "demo.toml").read_text("utf-8"))


def run_preflight(train: Path) -> tuple[bool, str]:
    """Run the real preflight; returns whether it blocks, and the checks that refuse."""
    given = {"train": train, "reference": DATASETS / "baselines" / "wikipedia.json",
             "context": CONTEXT, "val-fraction": VAL_FRACTION, "seed": SEED}  # fmt: skip
    ood = [str(DATASETS / name) for name in ("moby-dick", "debian-handbook")]
    ended = run_python(["-m", "checks", *write_flags(given), "--ood", *ood, "--json"])
    assert ended.returncode in (0, 3), ended.stderr
    results = json.loads(ended.stdout)
    refusing = [
        f"{result['check']} {result['verdict']}" for result in results if result["verdict"] in ("FAIL", "ERROR")
    ]
    return ended.returncode == 3, ", ".join(refusing) or "passes"


def train_one_epoch(train: Path, flags: dict[str, str], folder: Path) -> Mapping[str, float]:
    """Train one epoch with the demo plan's flags; returns what the log says of it."""
    given = {**DEMO["train"], "epochs": 1, "context": CONTEXT, "val_fraction": VAL_FRACTION, "seed": SEED, **flags}
    given |= {"data": train, "output_dir": folder / "run", "device": "cpu", "threads": 1, "rescore": "off"}
    ended = run_python(["-m", "trainer", *write_flags(given)])
    epochs = [event for event in map(parse_line, ended.stdout.splitlines()) if isinstance(event, EpochEnded)]
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert epochs, ended.stdout[-2000:]
    return epochs[0].values


def write_flags(values: Mapping[str, object]) -> list[str]:
    """Write values by name as flags."""
    return [part for key, value in values.items() for part in (f"--{key.replace('_', '-')}", str(value))]


def run_python(argv: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run this interpreter on one thread, with the repository's packages."""
    threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *argv], capture_output=True, text=True, env={**os.environ, **threads}, check=False
    )


def read_gate() -> Gate:
    """Return the demo plan's gate on val_cosine at epoch 1."""
    found = next(gate for gate in DEMO["gates"] if gate["metric"] == "val_cosine" and gate.get("at") == 1)
    return Gate(name=found["name"], metric="val_cosine", at=1, floor=found["floor"], on_fail=Action(found["on_fail"]))


def show(variant: Variant, material: Material, gate: Gate, quick: bool) -> bool:
    """Run one variant, print its row, and tell whether it went as it must."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train = variant.build(material, folder)
        blocked, refusing = run_preflight(train)
        cosine, gated = "", ""
        if variant.trained and not (quick and blocked):
            value = train_one_epoch(train, variant.flags, folder)["val_cosine"]
            judged = judge(gate, [Reading(1, {"val_cosine": value})], {}).verdict
            cosine, gated = f"{value:.3f}", str(judged)
    stopped = "preflight" if blocked else f"gate {gate.name!r}" if gated == Verdict.FAIL else "nothing"
    right = (stopped == "nothing") == variant.sound or not variant.counted
    print(f"{variant.name:<32} {cosine:>6} {gated:<5} {stopped:<16} {'' if right else 'WRONG '}{refusing}", flush=True)
    return right


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="train only what preflight lets through")
    parser.add_argument("--only", default="", metavar="WORD", help="variants whose name contains this")
    asked = parser.parse_args()
    began_s, material, gate = time.monotonic(), read_material(), read_gate()
    variants = [variant for variant in list_variants() if asked.only in variant.name]
    print(f"{'variant':<32} {'val@1':>6} {'gate':<5} {'stopped by':<16} preflight")
    right = [show(variant, material, gate, asked.quick) for variant in variants]
    for variant in variants:
        if variant.note:
            print(f"{variant.name}: {variant.note}.")
    print(f"{sum(right)} of {len(right)} as they must be, {time.monotonic() - began_s:.0f} s")
    return 0 if right and all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
