import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from checks.errors import InputError
from checks.probes import SENTENCES, read_probes
from checks.table import open_table
from checks.windows import open_windows
from trainer.datasets import BASELINES, FOLDER, list_baselines, list_names, resolve, resolve_baseline

NAMES = ("debian-handbook", "moby-dick", "wikipedia", "wikipedia-minilm")
MPNET = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
MINILM = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LIMIT_BYTES = 15_000_000


def test_names() -> None:
    assert list_names() == NAMES
    assert {"584k", "wikipedia"} <= set(list_baselines())


def test_a_name_or_a_path_is_resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve("wikipedia") == FOLDER / "wikipedia"
    assert resolve(str(tmp_path)) == tmp_path
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wikipedia").mkdir()
    assert resolve("wikipedia") == FOLDER / "wikipedia"
    assert resolve("./wikipedia").resolve() == tmp_path / "wikipedia"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve("~/wikipedia") == tmp_path / "wikipedia"
    assert resolve_baseline("584k") == BASELINES / "584k.json"
    assert resolve_baseline(str(tmp_path)) == tmp_path


@pytest.mark.parametrize("name", ["wikipedai", "Wikipedia", "../wikipedia", "", "a\0b", "x" * 5000, "~nobody-here/x"])
def test_what_is_neither_is_told_with_what_there_is(name: str) -> None:
    with pytest.raises(InputError, match="a shipped name: debian-handbook, moby-dick, wikipedia") as caught:
        resolve(name)
    assert ("did you mean wikipedia?" in str(caught.value)) == ("ikip" in name)
    assert len(str(caught.value)) < 500


def test_a_baseline_that_is_not_there_is_told() -> None:
    with pytest.raises(InputError, match=r"baseline: found '584', expected .*did you mean 584k\?"):
        resolve_baseline("584")


def test_the_584k_baseline_has_the_numbers_of_the_plan() -> None:
    baseline = json.loads(resolve_baseline("584k").read_text("utf-8"))
    assert (baseline["name"], baseline["encoder"], baseline["dim"]) == ("584k", "GTR-T5", 768)
    expected = {"mean": 0.484, "std": 0.210, "p10": 0.249, "p50": 0.450, "p90": 0.815, "low_share": 0.179}
    assert baseline["adjacency"] == expected


def test_all_of_it_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.suffix != ".pyc") <= LIMIT_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_table_is_sound(name: str) -> None:
    table = open_table(resolve(name))
    minilm = name == "wikipedia-minilm"
    assert (table.dim, table.stored.dtype) == (384 if minilm else 768, np.dtype(np.int8))
    rows = table.read()
    lengths = np.linalg.norm(rows, axis=1)
    assert np.isfinite(rows).all()
    assert abs(lengths.mean() - 1) < 0.001
    assert lengths.std() < 0.001
    texts = table.read_texts()
    assert texts is not None
    assert len(texts) == table.rows
    assert all(30 <= len(text) <= 640 for text in texts)
    assert len(table.read_titles()) == len(table.read_kinds()) == len(table.offsets) - 1
    assert len(open_windows(table.path)) > 400


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_manifest_is_whole_and_true(name: str) -> None:
    table = open_table(resolve(name))
    manifest = table.manifest
    minilm = name == "wikipedia-minilm"
    model = "all-MiniLM-L6-v2" if minilm else "all-mpnet-base-v2"
    expected = {
        "name": name, "encoder": f"sentence-transformers/{model}", "weights_sha256": MINILM if minilm else MPNET,
        "pooling": "mean", "normalized": True, "dim": table.dim, "rows": table.rows, "articles": len(table.offsets) - 1,
        "chunking": {"target": 350, "hard": 640, "least": 30, "unit": "characters"},
    }  # fmt: skip
    assert expected.items() <= manifest.items()
    assert {"licence", "attribution", "source", "revision"} <= manifest.keys()
    assert {"package", "archive", "version", "archive_sha256"} <= manifest["source"].keys()
    assert manifest["build_command"].startswith(
        f"amn-tui data build --dtype int8 --threads 1 --package {manifest['source']['package']}"
    )
    files = {path.name for path in table.path.iterdir()}
    assert files == {*manifest["files"], "manifest.json"}
    for file, digest in manifest["files"].items():
        assert hashlib.sha256((table.path / file).read_bytes()).hexdigest() == digest
    assert manifest["content_sha256"] == manifest["files"]["vectors.npy"]
    probes = read_probes(manifest)
    assert probes is not None
    assert (tuple(probes[0]), probes[1].shape) == (SENTENCES, (len(SENTENCES), table.dim))


def test_both_wikipedia_tables_are_of_the_same_text() -> None:
    mpnet, minilm = open_table(resolve("wikipedia")), open_table(resolve("wikipedia-minilm"))
    assert mpnet.read_texts() == minilm.read_texts()
    assert mpnet.offsets.tolist() == minilm.offsets.tolist()
    kinds = mpnet.read_kinds()
    assert (len(kinds), kinds.count("disambiguation"), kinds.count("list")) == (106, 8, 2)


def test_nothing_shipped_is_a_pickle() -> None:
    arrays = list(FOLDER.rglob("*.npy"))
    assert len(arrays) == 3 * len(NAMES)
    for path in arrays:
        assert not np.load(path, allow_pickle=False).dtype.hasobject
    assert {path.suffix for path in FOLDER.glob("*/*")} <= {".npy", ".json", ".jsonl", ".gz", ".pyc"}
    for path in FOLDER.rglob("*.gz"):
        assert all(isinstance(json.loads(line), str) for line in gzip.decompress(path.read_bytes()).splitlines())


@pytest.mark.parametrize("file", ["LICENSES.md", "README.md"])
def test_licences_and_provenance_name_every_table(file: str) -> None:
    text = (FOLDER / file).read_text("utf-8")
    for name in NAMES:
        assert f"`{name}`" in text
    for word in {"LICENSES.md": ("CC BY-SA 3.0", "GFDL", "CC0", "GPL-2", "Apache-2.0")}.get(
        file, ("amn-tui data build",)
    ):
        assert word in text
