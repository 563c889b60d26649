"""Check 4: a target is the chunk after its context, chunks are in their order, and windows keep to their article."""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from checks.cosine import measure_mean
from checks.data import Data
from checks.dataset import Dataset
from checks.finding import Finding, Findings
from checks.profile import DISTANCES, OFFSETS, Profile, measure_direction, measure_profile, measure_seam
from checks.registry import Broken, Numbers, Progress, narrow
from checks.result import Measured
from checks.sample import replace_train, shift_targets, take_sample
from checks.scan import Scan
from checks.verdict import Verdict

SUCCESSOR = OFFSETS.index(1)
FEWEST_PAIRS, FEWEST_SEAMS, FEWEST_ARTICLES, CERTAIN = 20, 15, 20, 4.0  # certain: standard errors
LEAST_DROP = 0.02  # of the offset profile, where there is no reference


def measure(data: Data, progress: Progress) -> Numbers:
    """Measure how targets lie to the chunks around them, set by set; for training also on the held-out windows."""
    numbers: dict[str, Measured] = {}
    limit = int(data.settings["off_by_one"]["windows"])
    for place, dataset in enumerate(data.datasets):
        part = narrow(progress, place, len(data.datasets))
        scan = dataset.make_scan(narrow(part, 0, 2)) if dataset.windows.table is not None else None
        profile = measure_profile(dataset.windows, limit, data.seed, narrow(part, 1, 2), scan)
        found = _list_profile(profile, dataset, data.seed, scan)
        if dataset is data.train:
            found |= _list_held_out(profile, data)
        numbers |= {f"{dataset.name}.{key}": value for key, value in found.items()}
    if data.reference is not None:
        numbers |= {f"reference.distance_{d}": c for d, c in zip(DISTANCES, data.reference.profile, strict=False)}
        numbers["reference.direction"] = data.reference.direction
        numbers["reference.direction_error"] = data.reference.direction_error
    return numbers


def _list_profile(profile: Profile, dataset: Dataset, seed: int, scan: Scan | None) -> dict[str, Measured]:
    windows = dataset.windows
    seam, seams = measure_seam(windows, seed, scan)
    direction, error, articles = measure_direction(windows, seed)
    return {
        "windows": len(profile.index),
        "edge": measure_mean(profile.edges),
        "inner": measure_mean(profile.inners),
        "edge_error": profile.measure_error(profile.edges),
        "inner_error": profile.measure_error(profile.inners),
        **{f"slot_{place + 1}": float(cosine) for place, cosine in enumerate(profile.slots)},
        **{f"offset_{offset:+d}": float(cosine) for offset, cosine in zip(OFFSETS, profile.offsets, strict=True)},
        **{f"distance_{d}": cosine for d, cosine in zip(DISTANCES, profile.distances, strict=True)},
        "pairs": int(profile.pairs[SUCCESSOR]),
        "successors": float(profile.selves[SUCCESSOR]),
        "crossings": profile.crossings / max(1, int(profile.pairs[SUCCESSOR])),
        "positions": windows.article is not None,
        "seam": seam,
        "seams": seams,
        "direction": direction,
        "direction_error": error,
        "articles": articles,
    }


def _list_held_out(profile: Profile, data: Data) -> dict[str, Measured]:
    try:
        held_out = data.hold_out()[profile.index]
    except ValueError as error:
        return {"held_out": str(error)}
    edge, inner = measure_mean(profile.edges[held_out]), measure_mean(profile.inners[held_out])
    return {"held_out": int(held_out.sum()), "edge_held_out": edge, "inner_held_out": inner}


def judge(numbers: Numbers, thresholds: Mapping[str, Any]) -> Finding:
    """Judge every set; order and direction are compared with the reference where there is one."""
    findings = Findings(numbers)
    sets = [key.removesuffix(".edge") for key in numbers if key.endswith(".edge")]
    findings.demand(bool(sets), "nothing was measured", Verdict.ERROR)
    for name in sets:
        _judge_edge(findings, name, thresholds)
        _judge_slots(findings, name, thresholds)
        _judge_neighbours(findings, name, thresholds)
        _judge_order(findings, name, thresholds)
    _judge_direction(findings)
    expected = (
        f"the step into the target like the step before it (within {thresholds['max_edge_gap']:g}), "
        "slots rising to the last, the target found as chunk i+1, nearness falling with distance"
    )
    edge, inner = findings.get("train.edge"), findings.get("train.inner")
    return findings.conclude(
        expected, f"edge {edge:.3f} against inner {inner:.3f}{_say_error(findings)}, {_say_rows(findings)}"
    )


def _say_error(findings: Findings) -> str:
    """Say of a sample how large it is, and how far off its means may be."""
    error = findings.get("train.edge_error")
    return f" (±{error:.3f}, of {findings.get('train.windows'):,.0f} windows sampled)" if error > 0 else ""


def _say_rows(findings: Findings) -> str:
    if not findings.get("train.pairs") >= FEWEST_PAIRS:
        return "chunks around the target are not in the file"
    return f"{findings.get('train.successors'):.1%} of targets found again as chunk i+1"


def _judge_edge(findings: Findings, name: str, thresholds: Mapping[str, Any]) -> None:
    for part in ("", "_held_out"):
        if part and not findings.get(f"{name}.held_out") > 0:
            continue
        edge, inner = findings.get(f"{name}.edge{part}"), findings.get(f"{name}.inner{part}")
        words = f"{name}{part.replace('_', ' ')}: edge {edge:.3f} against inner {inner:.3f}"
        findings.demand(abs(edge - inner) <= thresholds["max_edge_gap"], words)


def _allow_for_chance(findings: Findings, name: str) -> float:
    """Return how far two means over few windows may lie apart by chance."""
    return 0.2 / math.sqrt(max(1.0, findings.get(f"{name}.windows")))


def _judge_slots(findings: Findings, name: str, thresholds: Mapping[str, Any]) -> None:
    keys = [key for key in findings.numbers if key.startswith(f"{name}.slot_")]
    slots = [findings.get(key) for key in sorted(keys, key=lambda key: int(key.rpartition("_")[2]))]
    slack = thresholds["max_slot_fall"] + _allow_for_chance(findings, name)
    falls = [before - after for before, after in pairwise(slots)]
    shown = " ".join(f"{slot:.3f}" for slot in slots)
    rising = all(fall <= slack for fall in falls) and all(slots[-1] >= slot - slack / 4 for slot in slots)
    findings.demand(rising, f"{name}: slots do not rise to the last: {shown}")


def _judge_neighbours(findings: Findings, name: str, thresholds: Mapping[str, Any]) -> None:
    if not findings.get(f"{name}.pairs") >= FEWEST_PAIRS:
        words = f"{name}: no window continues another, so the order of the text is not known"
        findings.demand(False, words, Verdict.WARN)
        return
    found = findings.get(f"{name}.successors")
    findings.demand(found >= thresholds["min_successors"], f"{name}: {found:.1%} of targets are chunk i+1")
    crossing = findings.get(f"{name}.crossings")
    findings.demand(crossing <= thresholds["max_crossings"], f"{name}: {crossing:.1%} of steps cross articles")


def _judge_order(findings: Findings, name: str, thresholds: Mapping[str, Any]) -> None:
    near, far = findings.get(f"{name}.distance_1"), findings.get(f"{name}.distance_5")
    if not math.isnan(near) and not math.isnan(far):  # short articles have no chunk 5 away
        expected = findings.get("reference.distance_1") - findings.get("reference.distance_5")
        least = LEAST_DROP if math.isnan(expected) else thresholds["min_profile_drop"] * expected
        words = f"{name}: flat offset profile, {near:.3f} at 1 chunk and {far:.3f} at 5: order is broken"
        findings.demand(near - far >= least - _allow_for_chance(findings, name), words)
    if findings.get(f"{name}.seams") >= FEWEST_SEAMS:
        seam, inner = findings.get(f"{name}.seam"), findings.get(f"{name}.inner")
        words = f"{name}: articles follow each other ({seam:.3f}) like chunks of one ({inner:.3f}): borders are wrong"
        findings.demand(seam <= thresholds["max_seam"] * inner, words)


def _judge_direction(findings: Findings) -> None:
    """Refuse training text that runs backwards where the reference's surely runs forwards."""
    lead, error = findings.get("train.direction"), findings.get("train.direction_error")
    known = findings.get("reference.direction") >= CERTAIN * findings.get("reference.direction_error") > 0
    if known and findings.get("train.articles") >= FEWEST_ARTICLES:
        words = f"train: articles run backwards: head {lead:+.3f} nearer to the middle than the tail"
        findings.demand(not lead <= -CERTAIN * error, words)


def control(data: Data) -> Broken:
    """Shift the targets of a sample by one: every window gets the target of the window after it."""
    windows = take_sample(data.train.windows)
    return Broken("targets shifted by one", replace_train(data, shift_targets(windows)))
