import dataclasses
import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks import encoder_fingerprint
from checks.baseline import measure_reference
from checks.cosine import normalize
from checks.data import Data
from checks.dataset import Dataset, open_dataset
from checks.errors import InputError
from checks.options import OPTIONS
from checks.probes import record_probes
from checks.reference import Reference
from checks.registry import keep_silent
from checks.sample import sample_train
from checks.table import Table, open_table
from checks.verdict import Verdict
from checks.windows import cut_windows

DEFAULTS = {key: option.default for key, option in OPTIONS["encoder_fingerprint"].items()}
SOUND: dict[str, Any] = {
    "encoder": "no encoder_path is set",
    "train.manifest": "same", "train.space": "compared",
    "train.overlap": 0.95, "train.mean_cosine": 0.9, "train.target_overlap": 0.95, "train.target_mean_cosine": 0.9,
    "moby.manifest": "same", "moby.space": "compared",
    "moby.overlap": 0.3, "moby.mean_cosine": 0.3, "moby.target_overlap": 0.3, "moby.target_mean_cosine": 0.3,
    "train.profile_gap": 0.01,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "verdict", "words"),
    [
        ({}, Verdict.PASS, "text not encoded again (no encoder_path is set)"),
        ({"train.manifest": "missing"}, Verdict.ERROR, "no manifest"),
        ({"moby.manifest": "missing"}, Verdict.ERROR, "moby: no manifest"),
        ({"train.manifest": "encoder 'b', expected 'a'"}, Verdict.FAIL, "expected 'a'"),
        ({"train.overlap": 0.0}, Verdict.FAIL, "another space"),
        ({"train.overlap": float("nan")}, Verdict.FAIL, "another space"),
        ({"train.target_overlap": 0.0}, Verdict.FAIL, "train targets: another space"),
        ({"train.target_overlap": 1.2}, Verdict.FAIL, "targets lie in another space than contexts"),
        ({"train.overlap": 1.4, "train.target_overlap": 1.4}, Verdict.FAIL, "narrower"),
        ({"train.overlap": 0.5, "train.target_overlap": 0.5}, Verdict.WARN, "coarser encoder"),
        ({"train.mean_cosine": 0.4}, Verdict.WARN, "other text"),
        ({"train.mean_cosine": -1.0}, Verdict.FAIL, "points away"),
        ({"moby.overlap": 0.02}, Verdict.FAIL, "moby: another space"),
        ({"moby.overlap": 0.12, "moby.target_overlap": 0.12}, Verdict.PASS, ""),
        ({"train.space": "384 numbers, not 768"}, Verdict.FAIL, "vectors of 384 numbers, not 768"),
        ({"train.space": "not recorded"}, Verdict.WARN, "records no space"),
        ({"train.profile_gap": 0.2}, Verdict.WARN, "offset profile"),
        ({"train.encoded_min_cosine": 0.999}, Verdict.PASS, "text of train encoded again"),
        ({"train.encoded_min_cosine": 0.955}, Verdict.FAIL, "re-encoded text at cosine 0.955"),
        ({"train.encoded_min_cosine": None}, Verdict.FAIL, "re-encoded text"),
        ({"train.probes_min_cosine": 0.71}, Verdict.FAIL, "re-encoded probes at cosine 0.710"),
    ],
)
def test_judge(changed: dict[str, Any], verdict: Verdict, words: str) -> None:
    finding = encoder_fingerprint.judge({**SOUND, **changed}, DEFAULTS)
    assert finding.verdict is verdict
    assert words in finding.detail


def test_nothing_measured_is_an_error() -> None:
    assert encoder_fingerprint.judge({}, DEFAULTS).verdict is Verdict.ERROR


def test_the_shipped_data_pass_and_a_rotation_is_refused(shipped: Data, lab: Any) -> None:
    examined = lab.examine("encoder_fingerprint", shipped)
    assert examined.finding.verdict is Verdict.PASS, examined.finding.detail
    assert examined.control.verdict is Verdict.FAIL
    assert examined.numbers["debian-handbook.overlap"] > 0.2
    assert examined.control.measured["train.overlap"] == pytest.approx(0, abs=0.05)


def test_a_sample_passes_unbroken_so_that_the_control_proves_something(shipped: Data, lab: Any) -> None:
    assert lab.judge("encoder_fingerprint", sample_train(shipped)).verdict is Verdict.PASS


def test_another_encoder_is_refused(shipped: Data, lab: Any) -> None:
    other = dataclasses.replace(shipped, train=open_dataset("train", lab.datasets / "wikipedia-minilm", 5), ood=())
    finding = lab.judge("encoder_fingerprint", other)
    assert finding.verdict is Verdict.FAIL
    assert "all-mpnet-base-v2" in finding.detail
    assert "384 numbers" in finding.detail


@pytest.mark.slow
def test_rotated_ood_data_are_refused(shipped: Data, lab: Any) -> None:
    moby = shipped.ood[0]
    assert moby.windows.table is not None
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(768, 768)))[0].astype(np.float32)
    table = dataclasses.replace(moby.windows.table, stored=moby.windows.table.read() @ rotation, scales=None)
    rotated = dataclasses.replace(moby, windows=cut_windows(table, 5))
    finding = lab.judge("encoder_fingerprint", dataclasses.replace(shipped, ood=(rotated,)))
    assert finding.verdict is Verdict.FAIL
    assert "moby-dick: another space" in finding.detail


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_healthy_data_raise_no_alarm(seed: int, synthetic_reference: Reference, lab: Any) -> None:
    data = lab.make_data(cut_windows(lab.make_table(seed), 5), synthetic_reference)
    assert lab.examine("encoder_fingerprint", data).finding.verdict is Verdict.PASS


@pytest.mark.parametrize("encoder", [1, 2])
def test_the_same_text_in_another_space_is_refused(encoder: int, synthetic_reference: Reference, lab: Any) -> None:
    data = lab.make_data(cut_windows(lab.make_table(0, encoder=encoder), 5), synthetic_reference)
    assert lab.judge("encoder_fingerprint", data).verdict is Verdict.FAIL


def test_targets_alone_in_another_space_are_refused(healthy_npz: Data, lab: Any) -> None:
    windows = healthy_npz.train.windows
    broken = dataclasses.replace(windows, target_rows=np.asarray(windows.target_rows)[:, ::-1])
    finding = lab.judge("encoder_fingerprint", lab.make_data(broken, healthy_npz.reference))
    assert finding.verdict is Verdict.FAIL
    assert "train targets" in finding.detail


def test_no_reference_is_told(healthy: Data) -> None:
    with pytest.raises(InputError, match="--reference"):
        encoder_fingerprint.measure(dataclasses.replace(healthy, reference=None), keep_silent)


def test_an_npz_without_a_manifest_is_an_error(healthy_npz: Data, lab: Any) -> None:
    data = dataclasses.replace(healthy_npz, train=dataclasses.replace(healthy_npz.train, manifest=None))
    assert lab.judge("encoder_fingerprint", data).verdict is Verdict.ERROR


def test_a_reference_that_names_no_encoder_is_an_error(healthy: Data, lab: Any) -> None:
    assert healthy.reference is not None
    data = dataclasses.replace(healthy, reference=dataclasses.replace(healthy.reference, manifest={"dim": 96}))
    finding = lab.judge("encoder_fingerprint", data)
    assert finding.verdict is Verdict.ERROR
    assert "no manifest, of it or of the reference" in finding.detail


def test_short_articles_have_no_far_end_to_compare(healthy: Data, lab: Any) -> None:
    table = healthy.train.windows.table
    assert table is not None
    short = dataclasses.replace(table, offsets=np.append(np.arange(0, table.rows - 8, 8), table.rows))
    finding = lab.judge("encoder_fingerprint", lab.make_data(cut_windows(short, 5), healthy.reference))
    assert "nan" not in finding.detail


def test_without_a_recorded_space_the_manifest_decides_and_is_what_the_control_breaks(healthy: Data, lab: Any) -> None:
    assert healthy.reference is not None
    data = dataclasses.replace(healthy, reference=dataclasses.replace(healthy.reference, space=None))
    examined = lab.examine("encoder_fingerprint", data)
    assert examined.finding.verdict is Verdict.WARN
    assert examined.control.broken == "another encoder named"
    assert examined.control.verdict is Verdict.FAIL


def write_with_texts(folder: Path, lab: Any, vectors_of: Callable[[Sequence[str]], Any]) -> Path:
    """Write a table of texts, with probes, as `vectors_of` encodes them."""
    texts = [f"chunk {number}" for number in range(200)]
    probes = record_probes(vectors_of(["one probe", "another probe"]), ["one probe", "another probe"])
    offsets = np.arange(0, 201, 20)
    path: Path = lab.write_table(folder / "table", vectors_of(texts), offsets, {**lab.manifest, "probes": probes})
    with gzip.open(path / "texts.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(text) + "\n" for text in texts)
    return path


def encode(texts: Sequence[str], noise: float = 0.0) -> Any:
    """Encode text as the pseudo-random vector that its characters seed, and `noise` of another."""
    seeds = [sum(ord(c) * 31**place for place, c in enumerate(text)) % 2**32 for text in texts]
    vectors = [
        np.random.default_rng(seed).normal(size=32) + noise * np.random.default_rng(seed + 1).normal(size=32)
        for seed in seeds
    ]
    return normalize(np.array(vectors))


@pytest.mark.parametrize(("noise", "verdict"), [(0.0, "at least"), (0.3, "below")])
def test_text_is_encoded_again_where_the_encoder_is_there(
    noise: float, verdict: str, tmp_path: Path, lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = cut_windows(open_table(write_with_texts(tmp_path, lab, encode)), 5)
    dataset = Dataset("train", windows, windows.table.manifest if windows.table else None)
    data = dataclasses.replace(lab.make_data(windows, measure_reference(dataset)), train=dataset)
    monkeypatch.setattr(encoder_fingerprint, "open_encoder", lambda _: lambda texts: encode(texts, noise))
    numbers = encoder_fingerprint.measure(data, keep_silent)
    assert numbers["train.encoded"] == 32
    finding = encoder_fingerprint.judge(numbers, DEFAULTS)
    refused = "re-encoded text" in finding.detail and "re-encoded probes" in finding.detail
    assert refused == (verdict == "below")


def test_the_control_does_not_encode_text(
    tmp_path: Path, lab: Any, monkeypatch: pytest.MonkeyPatch, healthy: Data
) -> None:
    asked: list[str] = []

    def refuse(path: str) -> str:
        asked.append(path)
        return "not here"

    monkeypatch.setattr(encoder_fingerprint, "open_encoder", refuse)
    data = lab.make_data(healthy.train.windows, healthy.reference, encoder_fingerprint={"encoder_path": str(tmp_path)})
    assert lab.examine("encoder_fingerprint", data).control.held
    assert asked == [str(tmp_path), ""]


@pytest.mark.parametrize("change", ["other length", "fewer texts"])
def test_text_that_cannot_be_compared_is_refused(
    change: str, tmp_path: Path, lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = cut_windows(open_table(write_with_texts(tmp_path, lab, encode)), 5)
    dataset = Dataset("train", windows, windows.table.manifest if windows.table else None)
    data = dataclasses.replace(lab.make_data(windows, measure_reference(dataset)), train=dataset)
    width = 32 if change == "fewer texts" else 16
    if change == "fewer texts":
        monkeypatch.setattr(Table, "read_texts", lambda _: ["only one"])
    monkeypatch.setattr(encoder_fingerprint, "open_encoder", lambda _: lambda texts: encode(texts)[:, :width])
    finding = encoder_fingerprint.judge(encoder_fingerprint.measure(data, keep_silent), DEFAULTS)
    assert finding.verdict is Verdict.FAIL
    assert "re-encoded" in finding.detail
