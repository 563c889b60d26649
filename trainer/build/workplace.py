"""The folder OUTPUT.building, in which a table grows until it takes its name by one rename."""

import fcntl
import gzip
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from checks.errors import InputError
from trainer.build.article import Article
from trainer.build.chunks import ChunkRule, cut_article

STATE, LOCK, TEXTS = "building.json", "building.lock", "texts.jsonl.gz"


@dataclass(frozen=True, slots=True)
class BuildState:
    """How far a build is: the text is cut into `rows` chunks, and the vectors of the first `encoded` are on disk."""

    recipe: dict[str, Any]
    articles: int
    rows: int
    encoded: int = 0
    weights_sha256: str = ""


@contextmanager
def open_workplace(output: Path, *, restart: bool) -> Iterator[Path]:
    """Hold the folder in which `output` is built, for this process alone.

    Raises InputError when the table is there already, or another process is building it.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise InputError("--output", "", str(output), "a folder that does not exist yet, or is empty")
    folder = output.with_name(output.name + ".building")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            found = f"{output}, which another process is building"
            raise InputError("--output", "", found, "another folder") from error
        if restart:
            for path in folder.iterdir():
                if path.name != LOCK:
                    path.unlink()
        yield folder


def read_state(folder: Path, recipe: dict[str, Any]) -> BuildState | None:
    """Return how far an earlier process came, None when it had not cut the text.

    Raises InputError when it had another recipe.
    """
    path = folder / STATE
    if not path.exists():
        return None
    try:
        state = BuildState(**json.loads(path.read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise InputError(path, "", "a state that cannot be read", "--restart to begin anew") from error
    if state.recipe != recipe:
        changed = [key for key in recipe if state.recipe.get(key) != recipe[key]]
        found = f"a build begun with another {', '.join(changed)}"
        raise InputError(folder, "", found, "the command it was begun with, or --restart to begin anew")
    return state


def write_state(folder: Path, state: BuildState) -> None:
    """Replace the state by rename, after it is on disk."""
    write_whole(folder / STATE, json.dumps(asdict(state), ensure_ascii=False))


def write_whole(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all."""
    draft = path.with_name(path.name + ".tmp")
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


def cut_text(folder: Path, articles: Iterable[Article], rule: ChunkRule, recipe: dict[str, Any]) -> BuildState:
    """Write texts, articles and offsets; an article without a chunk is left out.

    Raises InputError when no article has a chunk.
    """
    bounds = [0]
    # No name and no time in the header: the same text gives the same file.
    with (
        (folder / TEXTS).open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as texts,
        (folder / "articles.jsonl").open("w", encoding="utf-8") as lines,
    ):
        for article in articles:
            chunks = cut_article(article, rule)
            if chunks:
                texts.write("".join(json.dumps(chunk, ensure_ascii=False) + "\n" for chunk in chunks).encode())
                fields = {"id": article.id, "title": article.title, "kind": article.kind}
                lines.write(json.dumps(fields, ensure_ascii=False) + "\n")
                bounds.append(bounds[-1] + len(chunks))
    if bounds[-1] == 0:
        raise InputError("the text", "", "no chunk", f"articles with at least {rule.least} characters in a section")
    np.save(folder / "offsets.npy", np.array(bounds, dtype=np.int64))
    state = BuildState(recipe, articles=len(bounds) - 1, rows=bounds[-1])
    write_state(folder, state)
    return state


def read_texts(folder: Path, start: int) -> Iterator[str]:
    """Yield the chunks from row `start` on."""
    with gzip.open(folder / TEXTS, "rt", encoding="utf-8") as lines:
        for row, line in enumerate(lines):
            if row >= start:
                yield json.loads(line)


def publish(folder: Path, output: Path) -> None:
    """Give the finished table its name."""
    for name in (STATE, LOCK):
        (folder / name).unlink()
    if output.exists():
        output.rmdir()  # empty: open_workplace saw to that, and rmdir refuses otherwise
    folder.rename(output)
