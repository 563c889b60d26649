"""The manifest of a converted table: what the source's says, what the table has, and what became of it on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.table import open_table
from trainer.build.encoder import hash_file
from trainer.build.manifest import write_manifest

_FILES = ("vectors.npy", "offsets.npy", "articles.jsonl", "texts.jsonl.gz")


@dataclass(frozen=True, slots=True)
class Conversion:
    """What was made; `facts` are counts by name, `notes` what a person must know."""

    dtype: str
    dim: int
    rows: int
    articles: int
    facts: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def describe_draft(folder: Path, name: str, source: Path, carried: Mapping[str, Any], made: Conversion) -> None:
    """Write the manifest of a table that is whole but for it, and prove that the table opens.

    Raises InputError when it does not.
    """
    files = {name: hash_file(folder / name) for name in _FILES if (folder / name).exists()}
    shape = {"dim": made.dim, "dtype": made.dtype, "rows": made.rows, "articles": made.articles}
    converted = {"from": source.name, **made.facts, "notes": list(made.notes)}
    hashes = {"content_sha256": files["vectors.npy"], "files": files}
    write_manifest(folder, {**carried, "name": name, **shape, **hashes, "converted": converted})
    open_table(folder)
