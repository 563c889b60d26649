"""How far broken runs are from healthy ones after one epoch, over seeds: what the gates of the demo plan are set from.

    python -m benchmarks.separation [--seeds N]

Every variant trains one epoch with the demo plan's flags, each seed with weights, order and held-out articles of its
own. `share` is val_cosine as a share of `context_next`: the mean of all context vectors but the last against that last
one, on the same held-out windows, which needs no target and so stays what it is when targets are broken.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from amn_tui.run.plan_file import build_plan
from benchmarks.broken_data import CONTEXT, Material, Variant, list_variants, read_material, scale_norms, write_table
from benchmarks.broken_variants import DEMO, VAL_FRACTION, train_one_epoch
from checks.data import Data
from checks.dataset import open_dataset
from checks.gate import Gate, Reading, judge
from checks.predictors import measure_predictors

METRICS = ("val_cosine", "train_cosine", "share")
NAMES = ("healthy", "targets shuffled", "off by one (t+2)", "targets rotated (other space)", "InfoNCE 0.5/0.5")


@dataclass(frozen=True)
class Outcome:
    """What one epoch of a variant came to, by metric."""

    variant: str
    seed: int
    sound: bool
    values: Mapping[str, float]


def choose_variants() -> list[Variant]:
    """Return the healthy run and the ways to break it, the fifth as an encoder without its last normalisation does."""
    known = {variant.name: variant for variant in list_variants()}
    unnormalised = Variant("unnormalised vectors", lambda material, folder: write_table(
        material, folder, scale_norms(material, material.table.read())))  # fmt: skip
    return [known[name] for name in NAMES] + [unnormalised]


def run_variant(variant: Variant, material: Material, seed: int) -> Outcome:
    """Train one epoch and measure."""
    with tempfile.TemporaryDirectory() as name:
        path = variant.build(material, Path(name))
        values = train_one_epoch(path, {**variant.flags, "seed": str(seed)}, Path(name))
        data = Data(open_dataset("train", path, CONTEXT), (), None, {}, VAL_FRACTION, seed)
        context_next = measure_predictors(data)["context_next"]
    return Outcome(variant.name, seed, variant.sound, {
        "val_cosine": values["val_cosine"], "train_cosine": values["train_cosine"],
        "share": values["val_cosine"] / context_next,
    })  # fmt: skip


def read_gates() -> tuple[Gate, ...]:
    """Return the demo plan's gates at epoch 1."""
    gates = build_plan(DEMO, Path("demo.toml")).gates
    return tuple(gate for gate in gates if gate.at == 1)


def list_missed(outcome: Outcome, gates: Sequence[Gate]) -> list[str]:
    """Return the gates that a run misses; one that only asks for more than it got is not missed."""
    reading = Reading(1, outcome.values)
    margins = {gate.name: judge(gate, [reading], {}).margin for gate in gates}
    return [name for name, margin in margins.items() if margin is not None and not margin >= 0]  # nan is missed


def summarize(outcomes: Sequence[Outcome], metric: str) -> str:
    """Return the least and the greatest value over seeds."""
    values = [outcome.values[metric] for outcome in outcomes]
    return f"{min(values):.3f}-{max(values):.3f}"


def main() -> int:
    """Print every run, then by variant where its seeds lie and which gates every one of them misses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=4, help="seeds 0 to N - 1")
    asked = parser.parse_args()
    material, gates, outcomes = read_material(), read_gates(), list[Outcome]()
    print(f"{'variant, after one epoch':<32}{'seed':>5}" + "".join(f"{metric:>14}" for metric in METRICS))
    for variant in choose_variants():
        for seed in range(asked.seeds):
            outcomes.append(run_variant(variant, material, seed))
            numbers = "".join(f"{outcomes[-1].values[metric]:>14.3f}" for metric in METRICS)
            print(f"{variant.name:<32}{seed:>5}{numbers}", flush=True)
    print(f"\n{'over seeds':<32}" + "".join(f"{metric:>14}" for metric in METRICS) + "  gates missed by every seed")
    right = True
    for variant in choose_variants():
        mine = [outcome for outcome in outcomes if outcome.variant == variant.name]
        missed = [list_missed(outcome, gates) for outcome in mine]
        always = [gate.name for gate in gates if all(gate.name in names for names in missed)]
        right &= not any(missed) if variant.sound else all(missed)
        ranges = "".join(f"{summarize(mine, metric):>14}" for metric in METRICS)
        print(f"{variant.name:<32}{ranges}  {', '.join(always) or 'none'}")
    print("every broken run misses a gate and no healthy one does" if right else "NOT every run is where it must be")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
