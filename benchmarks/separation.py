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

from benchmarks.broken_data import CONTEXT, Material, Variant, list_variants, read_material, scale_norms, write_table
from benchmarks.broken_variants import DEMO, VAL_FRACTION, train_one_epoch
from checks.data import Data
from checks.dataset import open_dataset
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


def find_bounds(outcomes: Sequence[Outcome], metric: str) -> tuple[float, float]:
    """Return the best of the broken runs and the worst of the healthy ones; apart when the first is the smaller."""
    broken = max(outcome.values[metric] for outcome in outcomes if not outcome.sound)
    return broken, min(outcome.values[metric] for outcome in outcomes if outcome.sound)


def list_floors() -> dict[str, float]:
    """Return the demo plan's floors at epoch 1 by metric; that of `share` stands as a multiple of context_next."""
    floors: dict[str, float] = {}
    for gate in DEMO["gates"]:
        if gate.get("at") == 1 and "floor" in gate:
            factor, relative, _ = str(gate["floor"]).partition(" * baseline.context_next")
            floors["share" if relative else gate["metric"]] = float(factor)
    return floors


def main() -> int:
    """Print every run, then what separates them and where the demo plan's gates stand."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="seeds 0 to N - 1")
    asked = parser.parse_args()
    material, outcomes = read_material(), []
    print(f"{'variant, after one epoch':<32}{'seed':>5}" + "".join(f"{metric:>14}" for metric in METRICS))
    for variant in choose_variants():
        for seed in range(asked.seeds):
            outcome = run_variant(variant, material, seed)
            outcomes.append(outcome)
            numbers = "".join(f"{outcome.values[metric]:>14.3f}" for metric in METRICS)
            print(f"{outcome.variant:<32}{seed:>5}{numbers}", flush=True)
    floors = list_floors()
    print(f"\n{'metric':<14}{'best broken':>14}{'worst healthy':>14}{'gate':>8}")
    for metric in METRICS:
        broken, healthy = find_bounds(outcomes, metric)
        words = "apart" if broken < healthy else "not apart"
        floor = f"{floors[metric]:.3f}" if metric in floors else "none"
        print(f"{metric:<14}{broken:>14.3f}{healthy:>14.3f}{floor:>8}  {words}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
