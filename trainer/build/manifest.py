"""A table's manifest: who encoded what, from which text, under which licence, with which command."""

import json
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

from checks.probes import SENTENCES, record_probes
from trainer.build.encoder import Encoder, hash_file
from trainer.build.recipe import Recipe
from trainer.build.workplace import TEXTS, BuildState, write_whole

MANIFEST = "manifest.json"
_FILES = ("vectors.npy", "scales.npy", "offsets.npy", "articles.jsonl", TEXTS)


def describe_table(
    folder: Path, recipe: Recipe, state: BuildState, encoder: Encoder, batch_size: int
) -> dict[str, Any]:
    """Return the manifest of a finished table; the hashes are of the files as they lie on disk."""
    facts = encoder.facts
    files = {name: hash_file(folder / name) for name in _FILES if (folder / name).exists()}
    return {
        "name": recipe.name,
        "encoder": facts.name,
        "revision": facts.revision,
        "weights_sha256": facts.weights_sha256,
        "pooling": facts.pooling,
        "normalized": True,
        "max_tokens": facts.max_tokens,
        "dim": facts.dim,
        "dtype": recipe.dtype,
        "rows": state.rows,
        "articles": state.articles,
        "licence": recipe.licence,
        "attribution": recipe.attribution,
        "source": recipe.source,
        "chunking": {**asdict(recipe.rule), "unit": "characters"},
        "build_command": recipe.command,
        "built_with": {"python": platform.python_version(), **facts.libraries},
        "content_sha256": files["vectors.npy"],
        "files": files,
        "probes": record_probes(encoder.encode(SENTENCES, batch_size)),
    }


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest, readably and whole or not at all."""
    write_whole(folder / MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
