import gzip
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from checks.errors import InputError
from checks.probes import read_probes
from checks.table import Table
from trainer.build import vectors
from trainer.build.article import Article
from trainer.build.encoder import EncoderFacts
from trainer.build.recipe import Recipe
from trainer.build.table import build_table
from trainer.build.vectors import quantise
from trainer.build.workplace import open_workplace

DIM, BLOCK = 24, 4


class WordEncoder:
    """A vector depends on the text alone; the text in `fail_at` ends the process, as a kill would."""

    def __init__(self, fail_at: str = "", weights: str = "w" * 64, length: float = 1.0) -> None:
        self.facts = EncoderFacts("words", None, weights, "mean", DIM, 128, {"numpy": "2"})
        self.fail_at, self.length, self.encoded = fail_at, length, list[str]()

    def encode(self, texts: Sequence[str], batch_size: int) -> NDArray[np.float32]:
        if self.fail_at in texts:
            raise KeyboardInterrupt
        self.encoded += texts
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) for text in texts]
        rows = np.array([np.random.default_rng(seed).normal(size=DIM) for seed in seeds])
        return np.asarray(self.length * rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def make_articles() -> Iterator[Article]:
    """Articles of 3, 0, 5 and 6 chunks; every chunk is a section."""
    for name, count in (("a", 3), ("empty", 0), ("b", 5), ("c", 6)):
        texts = tuple(f"This is the text number {number} of article {name}." for number in range(count))
        yield Article(name, name.upper(), (*texts, "short"), "list" if name == "b" else "article")


def build(output: Path, encoder: WordEncoder | None = None, articles: Any = None, **given: Any) -> Table:
    fields = {"dtype": "int8", "licence": "CC0-1.0", **given}
    restart = bool(fields.pop("restart", False))
    fields["articles"] = fields.pop("ids", ())
    recipe = Recipe(output.name, {"text": "made up"}, "words", command=f"build {output.name}", **fields)
    chosen = make_articles() if articles is None else articles
    encoder = encoder or WordEncoder()
    return build_table(recipe, chosen, lambda: encoder, output, restart=restart, stream=io.StringIO())


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "BLOCK_ROWS", BLOCK)


def read_files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize(("dtype", "tolerance"), [("int8", 5e-3), ("float16", 5e-4), ("float32", 0.0)])
def test_a_table_holds_what_the_encoder_said(dtype: str, tolerance: float, tmp_path: Path) -> None:
    encoder = WordEncoder()
    table = build(tmp_path / "t", encoder, dtype=dtype)
    assert (table.rows, table.dim, table.stored.dtype) == (14, DIM, np.dtype(dtype))
    assert table.offsets.tolist() == [0, 3, 8, 14]
    assert (table.read_titles(), table.read_kinds()) == (["A", "B", "C"], ["article", "list", "article"])
    texts = table.read_texts()
    assert texts is not None
    assert texts[3] == "This is the text number 0 of article b."
    assert np.abs(table.read() - WordEncoder().encode(texts, 1)).max() <= tolerance
    assert [path.name for path in tmp_path.iterdir()] == ["t"]


def test_the_manifest_says_who_and_what(tmp_path: Path) -> None:
    manifest = build(tmp_path / "t").manifest
    expected = {
        "name": "t", "encoder": "words", "revision": None, "weights_sha256": "w" * 64, "pooling": "mean",
        "normalized": True, "max_tokens": 128, "dim": DIM, "dtype": "int8", "rows": 14, "articles": 3,
        "licence": "CC0-1.0", "attribution": None, "source": {"text": "made up"}, "build_command": "build t",
        "chunking": {"target": 350, "hard": 640, "least": 30, "unit": "characters"},
    }  # fmt: skip
    assert expected.items() <= manifest.items()
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((tmp_path / "t" / name).read_bytes()).hexdigest() == digest
    assert set(manifest["files"]) | {"manifest.json"} == set(read_files(tmp_path / "t"))
    assert manifest["content_sha256"] == manifest["files"]["vectors.npy"]
    probes = read_probes(manifest)
    assert probes is not None
    truth = WordEncoder().encode(probes[0], 1)
    cosines = (truth * probes[1]).sum(axis=1) / np.linalg.norm(probes[1], axis=1)
    assert cosines.min() > 0.95  # so few numbers are large, and the largest are clipped


@pytest.mark.parametrize("stop", range(14))
def test_a_build_goes_on_where_it_was_stopped(stop: int, tmp_path: Path) -> None:
    whole = read_files(build(tmp_path / "whole").path)
    texts = [json.loads(line) for line in gzip.decompress(whole["texts.jsonl.gz"]).splitlines()]
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "t", WordEncoder(fail_at=texts[stop]))
    assert not (tmp_path / "t").exists(), "a table has its name only when it is whole"
    second = WordEncoder()
    build(tmp_path / "t", second, articles=iter(()))  # the text is on disk, so it is not read again
    assert second.encoded[:-8] == texts[stop // BLOCK * BLOCK :], "what was encoded is not encoded again"
    resumed = read_files(tmp_path / "t")
    manifest = json.loads(resumed.pop("manifest.json"))
    assert resumed == {name: content for name, content in whole.items() if name != "manifest.json"}
    assert manifest["rows"] == 14


def test_a_stop_while_the_text_is_cut_begins_anew(tmp_path: Path) -> None:
    def stopped() -> Iterator[Article]:
        yield next(make_articles())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "t", articles=stopped())
    assert build(tmp_path / "t").rows == 14


def stop_build(output: Path, **given: Any) -> None:
    with pytest.raises(KeyboardInterrupt):
        build(output, WordEncoder(fail_at="This is the text number 5 of article c."), **given)


def test_another_recipe_or_encoder_does_not_go_on(tmp_path: Path) -> None:
    stop_build(tmp_path / "t")
    with pytest.raises(InputError, match="a build begun with another dtype, limit"):
        build(tmp_path / "t", dtype="float32", limit=2)
    with pytest.raises(InputError, match="the same encoder, or --restart"):
        build(tmp_path / "t", WordEncoder(weights="v" * 64))
    assert build(tmp_path / "t", WordEncoder(weights="v" * 64), dtype="float32", restart=True).rows == 14


def test_a_state_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    stop_build(tmp_path / "t")
    for content in ("{", "[]", '{"rows": 1}'):
        (tmp_path / "t.building" / "building.json").write_text(content)
        with pytest.raises(InputError, match="--restart to begin anew"):
            build(tmp_path / "t")


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    build(tmp_path / "t")
    before = read_files(tmp_path / "t")
    with pytest.raises(InputError, match="does not exist yet, or is empty"):
        build(tmp_path / "t", restart=True)
    assert read_files(tmp_path / "t") == before
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="--output: found"):
        build(tmp_path / "file")
    (tmp_path / "empty").mkdir()
    assert build(tmp_path / "empty").rows == 14


def test_two_processes_do_not_build_one_table(tmp_path: Path) -> None:
    with open_workplace(tmp_path / "t", restart=False), pytest.raises(InputError, match="another process is building"):
        build(tmp_path / "t")


def test_articles_can_be_chosen(tmp_path: Path) -> None:
    assert build(tmp_path / "some", ids=("c", "a")).read_titles() == ["A", "C"]
    assert build(tmp_path / "first", limit=3).offsets.tolist() == [0, 3, 8]
    with pytest.raises(InputError, match="--articles: found 'x, y'"):
        build(tmp_path / "none", ids=("c", "y", "x"))


def test_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no chunk"):
        build(tmp_path / "t", articles=[Article("1", "A", ("short",))])
    assert build(tmp_path / "t").rows == 14


@pytest.mark.parametrize("length", [0.0, 2.0, float("nan"), float("inf")])
def test_vectors_that_are_not_of_unit_length_are_refused(length: float, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="words: row 0: found 'a vector of length"):
        build(tmp_path / "t", WordEncoder(length=length))


def test_quantised_rows_keep_their_direction() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 768)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    quantised, scales = quantise(rows)
    assert (quantised.dtype.name, scales.dtype.name, np.abs(quantised).max()) == ("int8", "float32", 127)
    back = quantised * scales[:, None]
    assert ((back * rows).sum(axis=1) / np.linalg.norm(back, axis=1)).min() > 0.9999
