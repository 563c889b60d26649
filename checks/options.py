"""Every setting of every check: default, meaning, range."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Setting: TypeAlias = float | int | str | bool


@dataclass(frozen=True, slots=True)
class Option:
    """A setting: its default, whose type is the type it must have, and the range it must lie in."""

    default: Setting
    about: str
    low: float = -math.inf
    high: float = math.inf
    sampled: bool = False  # a size of a sample, which --full makes the whole


ALL = 1_000_000_000  # a sample of so many is the whole
THRESHOLDS = ("enabled", "max_", "min_", "healthy_")


def is_threshold(key: str) -> bool:
    """Tell by its name whether a setting is read by `judge` alone: what was measured does not depend on it."""
    return key.startswith(THRESHOLDS)


def _share(default: float, about: str) -> Option:
    return Option(default, about, 0.0, 1.0)


def _cosine(default: float, about: str) -> Option:
    return Option(default, about, -1.0, 1.0)


def _count(default: int, about: str) -> Option:
    return Option(default, about, 1, ALL)


def _sample(default: int, about: str) -> Option:
    return Option(default, about, 1, ALL, sampled=True)


OPTIONS: Mapping[str, Mapping[str, Option]] = {
    "encoder_fingerprint": {
        "enabled": Option(True, "run this check"),
        "encoder_path": Option("", "folder of the encoder, to encode sampled text again; empty: not encoded again"),
        "texts": _sample(32, "texts that are encoded again"),
        "min_cosine": _cosine(0.99, "least cosine of a re-encoded text to its stored vector"),
        "windows": _sample(20_000, "windows sampled for the space signature"),
        "min_overlap": _share(0.25, "train: least share of the reference's directions that the space must fill"),
        "healthy_overlap": _share(0.70, "train: below this the space is only akin to the reference's, a warning"),
        "max_overlap": Option(1.3, "train: a space narrower than the reference's by this factor is another one", 1, 10),
        "min_ood_overlap": _share(0.10, "OOD: least share of the reference's directions; a rotated space has 0.00"),
        "min_mean_cosine": _cosine(-0.2, "least cosine between the mean vector and the reference's"),
        "healthy_mean_cosine": _cosine(0.5, "train: below this the mean vector is only akin, a warning"),
        "max_target_gap": _share(0.1, "most difference of overlap between contexts and their targets"),
        "max_profile_gap": _share(0.10, "train: above this difference of offset profiles, a warning"),
    },
    "eval_normalization": {
        "enabled": Option(True, "run this check"),
        "max_norm_error": _share(0.01, "most distance of the mean norm from 1"),
        "max_norm_std": _share(0.01, "most standard deviation of the norms"),
        "max_row_error": Option(0.1, "above this distance of a single norm from 1, a warning", 0.0, 1e6),
    },
    "oracle_recall": {
        "enabled": Option(True, "run this check"),
        "queries": _sample(1000, "targets that are looked for"),
        "min_recall_5": _share(0.97, "least share of targets found among the first 5"),
        "min_recall_1000": _share(0.995, "least share of targets found among the first 1000"),
        "max_unexplained": _share(0.02, "above this share of first places lost to no duplicate, a warning"),
        "flat_rows": _count(50_000, "above this many windows the index is IVF instead of flat"),
        "index_rows": _count(50_000, "targets in the IVF index, drawn at random with those looked for"),
    },
    "off_by_one": {
        "enabled": Option(True, "run this check"),
        "windows": _sample(20_000, "windows sampled"),
        "max_edge_gap": _share(0.03, "most difference between the last step into the target and the one before"),
        "max_slot_fall": _share(0.02, "most that the cosine to the target may fall from one context slot to the next"),
        "min_successors": _share(0.99, "least share of windows whose target is found again as chunk i+1"),
        "max_crossings": _share(0.001, "most steps from window to window that change the article"),
        "min_profile_drop": _share(0.3, "least drop of the offset profile, as a share of the reference's"),
        "max_seam": _share(0.9, "most cosine across article borders, as a share of that inside articles"),
    },
    "adjacency_coherence": {
        "enabled": Option(True, "run this check"),
        "low_cosine": _cosine(0.30, "a pair below this is low"),
        "max_mean_drop": _share(0.05, "most drop of the mean against the reference; half of it is a warning"),
        "max_low_rise": _share(0.05, "most rise of the share of low pairs; half of it is a warning"),
        "min_mean": _cosine(0.40, "below this mean, a warning"),
        "min_above_shuffled": _cosine(0.10, "least distance of the mean from that of shuffled rows"),
    },
    "duplicates": {
        "enabled": Option(True, "run this check"),
        "rows": _sample(300, "rows whose nearest neighbour is looked for among all"),
        "near_cosine": _cosine(0.99, "rows nearer than this are the same text, near enough"),
        "max_copies": _share(0.03, "most rows that are copies of an earlier one"),
        "healthy_copies": _share(0.005, "above this, a warning"),
        "max_near": _share(0.04, "most rows with a near twin, surely"),
        "healthy_near": _share(0.01, "above this, a warning"),
    },
    "leakage": {
        "enabled": Option(True, "run this check"),
        "rows": _sample(300, "held-out targets that are looked for among the rows that are trained on"),
        "ood_rows": _sample(100, "the same of each OOD set"),
        "near_cosine": _cosine(0.99, "rows nearer than this are the same text, near enough"),
        "max_share": _share(0.01, "most of what is tested on that may be among what is trained on"),
        "healthy_share": _share(0.001, "above this, a warning"),
    },
    "window_integrity": {
        "enabled": Option(True, "run this check"),
        "windows": _sample(20_000, "steps from window to window of an npz that are held against their vectors"),
        "max_crossings": _share(0.001, "most windows, or borders of an npz, that run into another article"),
        "max_repeats": _share(0.01, "most windows that repeat an article and chunk; any is a warning"),
        "min_follow": _share(0.99, "least chunks whose vectors continue the chunk numbered one before"),
        "max_gaps": _share(0.05, "above this share of steps that skip a chunk number, a warning"),
        "max_backwards": _share(0.01, "above this share of steps back in the file, a warning"),
        "max_unused": _share(0.1, "above this share of rows in articles too short for a window, a warning"),
    },
    "trivial_predictors": {
        "enabled": Option(True, "run this check"),
        "min_lead": _cosine(-0.02, "least lead of the mean of the context over one vector for everything"),
        "healthy_lead": _cosine(0.05, "below this lead, a warning"),
        "max_copy_last": _cosine(0.95, "most that copying the last context vector may score"),
        "max_gap": _cosine(0.05, "above this distance of the step into the target from the one before, a warning"),
    },
    "environment": {
        "enabled": Option(True, "run this check"),
        "checkpoint_mb": Option(0, "megabytes of one checkpoint; 0: estimated from the model", 0, 10**9),
        "min_inodes": _count(100, "least files that may still be made"),
        "healthy_inodes": _count(10_000, "below this, a warning"),
        "max_clock_gap_s": Option(5.0, "above this distance of the disk's clock, a warning", 0.0, 1e6),
        "min_year": Option(2024, "an earlier year is a clock that was never set, a warning", 1970, 9999),
    },
}
