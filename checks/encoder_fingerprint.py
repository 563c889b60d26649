"""Check 1: the encoder that made the data is the one that made the reference, by its manifest, space and output."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from checks.data import Data
from checks.dataset import Dataset
from checks.encoder import compare_probes, compare_texts, open_encoder
from checks.finding import Finding, Findings
from checks.manifest import compare_manifests, pick_fields
from checks.profile import measure_profile
from checks.reference import Reference
from checks.registry import Broken, Numbers, Progress
from checks.result import Measured
from checks.sample import mirror_space, replace_train, take_sample
from checks.space import cosine, measure_overlap
from checks.verdict import Verdict

MISSING, SAME = "missing", "same"
PROFILED_WINDOWS = 4096


def measure(data: Data, progress: Progress) -> Numbers:
    """Compare the manifests, hold every set's vectors against the reference space, and encode sampled text again."""
    reference, settings = data.require_reference(), data.settings["encoder_fingerprint"]
    encode = open_encoder(str(settings["encoder_path"]))
    numbers: dict[str, Measured] = {"encoder": encode if isinstance(encode, str) else "installed"}
    for place, dataset in enumerate(data.datasets):
        found = {"manifest": _compare_manifest(dataset, reference)}
        found |= _measure_space(dataset, reference, int(settings["windows"]), data.seed)
        if not isinstance(encode, str):
            found |= compare_texts(dataset, encode, int(settings["texts"]), data.seed)
            found |= compare_probes(dataset, encode)
        numbers |= {f"{dataset.name}.{key}": value for key, value in found.items()}
        progress((place + 1) / len(data.datasets), dataset.name)
    scan = data.train.make_scan(progress) if data.train.windows.table is not None else None
    profile = measure_profile(data.train.windows, PROFILED_WINDOWS, data.seed, scan=scan)
    gaps = [abs(a - b) for a, b in zip(profile.distances, reference.profile, strict=False) if not math.isnan(a)]
    return numbers | ({"train.profile_gap": max(gaps)} if gaps else {})


def _compare_manifest(dataset: Dataset, reference: Reference) -> Measured:
    if not dataset.manifest or "encoder" not in reference.manifest:
        return MISSING
    found = pick_fields(dataset.manifest, dataset.windows.dim)
    return "; ".join(compare_manifests(found, reference.manifest)) or SAME


def _measure_space(dataset: Dataset, reference: Reference, limit: int, seed: int) -> dict[str, Measured]:
    space = reference.space
    if space is None or len(space.mean) != dataset.windows.dim:
        return {"space": "not recorded" if space is None else f"{dataset.windows.dim} numbers, not {len(space.mean)}"}
    contexts, targets = measure_overlap(dataset.windows, space, limit, seed)
    return {
        "space": "compared",
        "overlap": contexts.overlap,
        "overlap_error": contexts.error,
        "mean_cosine": contexts.mean_cosine,
        "target_overlap": targets.overlap,
        "target_mean_cosine": targets.mean_cosine,
        "contexts_to_targets": cosine(contexts.mean, targets.mean),
    }


def judge(numbers: Numbers, thresholds: Mapping[str, Any]) -> Finding:
    """Judge what could be compared, and say what could not be."""
    findings = Findings(numbers)
    sets = [key.removesuffix(".manifest") for key in numbers if key.endswith(".manifest")]
    findings.demand(bool(sets), "nothing was measured", Verdict.ERROR)
    for name in sets:
        manifest = numbers[f"{name}.manifest"]
        findings.demand(
            manifest != MISSING,
            f"{name}: no manifest, of it or of the reference, says which encoder made it",
            Verdict.ERROR,
        )
        findings.demand(manifest in (MISSING, SAME), f"{name}: {manifest}")
        _judge_space(findings, name, thresholds)
        _judge_text(findings, name, thresholds)
    if findings.has("train.profile_gap"):
        gap = findings.get("train.profile_gap")
        words = f"train: offset profile is {gap:.3f} off the reference's"
        findings.demand(gap <= thresholds["max_profile_gap"], words, Verdict.WARN)
    expected = (
        f"the reference's encoder: same manifest, same space, re-encoded text at cosine >= {thresholds['min_cosine']:g}"
    )
    return findings.conclude(expected, f"same encoder; {_say_parts(findings, sets)}")


def _judge_space(findings: Findings, name: str, thresholds: Mapping[str, Any]) -> None:
    space = findings.numbers.get(f"{name}.space")
    if space != "compared":
        unknown = space == "not recorded"
        words = "the reference records no space" if unknown else f"{name}: vectors of {space}"
        findings.demand(False, words, Verdict.WARN if unknown else Verdict.FAIL)
        return
    least = thresholds["min_overlap" if name == "train" else "min_ood_overlap"]
    for part in ("", "target_"):
        overlap, mean = findings.get(f"{name}.{part}overlap"), findings.get(f"{name}.{part}mean_cosine")
        which = f"{name}{' targets' if part else ''}"
        findings.demand(overlap >= least, f"{which}: another space (overlap {overlap:.2f} with the reference's)")
        words = f"{which}: mean vector points away from the reference's ({mean:.2f})"
        findings.demand(mean >= thresholds["min_mean_cosine"], words)
    gap = findings.get(f"{name}.target_overlap") - findings.get(f"{name}.overlap")
    words = f"{name}: targets lie in another space than contexts (overlap {gap:+.2f})"
    findings.demand(abs(gap) <= thresholds["max_target_gap"], words)
    if name == "train":
        _judge_kinship(findings, thresholds)


def _judge_kinship(findings: Findings, thresholds: Mapping[str, Any]) -> None:
    overlap, mean = findings.get("train.overlap"), findings.get("train.mean_cosine")
    words = f"train: the space is narrower than the reference's (overlap {overlap:.2f})"
    findings.demand(overlap <= thresholds["max_overlap"], words)
    words = f"train: other text than the reference, or a coarser encoder (overlap {overlap:.2f}, mean {mean:.2f})"
    akin = overlap >= thresholds["healthy_overlap"] and mean >= thresholds["healthy_mean_cosine"]
    findings.demand(akin, words, Verdict.WARN)


def _judge_text(findings: Findings, name: str, thresholds: Mapping[str, Any]) -> None:
    for key, what in (("encoded_min_cosine", "re-encoded text"), ("probes_min_cosine", "re-encoded probes")):
        if f"{name}.{key}" in findings.numbers:
            found = findings.get(f"{name}.{key}")
            findings.demand(found >= thresholds["min_cosine"], f"{name}: {what} at cosine {found:.3f} to the stored")


def _say_parts(findings: Findings, sets: list[str]) -> str:
    """Say which parts ran."""
    encoder = findings.numbers.get("encoder")
    again = [name for name in sets if findings.has(f"{name}.encoded_min_cosine")]
    text = f"text of {', '.join(again)} encoded again" if again else "text not encoded again"
    why = "" if again else f" ({'no text beside the vectors' if encoder == 'installed' else encoder})"
    error = findings.get("train.overlap_error")
    about = f" ± {error:.2f}" if error > 0 else ""
    return f"compared: manifest, space (overlap {findings.get('train.overlap'):.2f}{about}); {text}{why}"


def control(data: Data) -> Broken:
    """Rotate the space of a sample; without a recorded space, let its manifest name another encoder.

    The sample's rows are not the file's, so their text is not encoded again.
    """
    reference = data.require_reference()
    mute = {**data.settings["encoder_fingerprint"], "encoder_path": ""}
    data = dataclasses.replace(data, settings={**data.settings, "encoder_fingerprint": mute})
    if reference.space is not None and len(reference.space.mean) == data.train.windows.dim:
        windows = mirror_space(take_sample(data.train.windows), data.seed)
        return Broken("space rotated", replace_train(data, windows))
    broken = replace_train(data, take_sample(data.train.windows))
    manifest = {**(data.train.manifest or {}), "encoder": "another encoder"}
    return Broken(
        "another encoder named", dataclasses.replace(broken, train=dataclasses.replace(broken.train, manifest=manifest))
    )
