"""A table without some of its articles, written row block by row block and there whole or not at all."""

import gzip
import json
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.errors import InputError
from checks.table import Table, open_table
from trainer.build.encoder import hash_file
from trainer.build.manifest import MANIFEST
from trainer.build.workplace import TEXTS, write_whole
from trainer.junk import JunkReport
from trainer.tables.rows import BLOCK_ROWS, map_rows

REMOVED = "removed.jsonl"
_FILES = ("vectors.npy", "scales.npy", "offsets.npy", "articles.jsonl", TEXTS, REMOVED)


def write_filtered(table: Table, report: JunkReport, output: Path, note: dict[str, Any]) -> Table:
    """Write the articles that a report keeps as a new table, with what else belongs to them.

    `note` joins the manifest's "filtered"; removed.jsonl names every article that went, and why. Raises InputError when
    OUT is there, when nothing is kept, or when the texts are not as many as the rows.
    """
    if not report.kept.any():
        raise InputError(table.path, "", "nothing but junk", "an article to keep: see --rule and --set")
    sizes = np.diff(table.offsets)
    rows = np.repeat(report.kept, sizes)
    with _make_folder(output) as folder:
        _write_rows(folder / "vectors.npy", table.stored, rows)
        if table.scales is not None:
            np.save(folder / "scales.npy", table.scales[rows])
        np.save(folder / "offsets.npy", np.concatenate([[0], np.cumsum(sizes[report.kept])]).astype(np.int64))
        _copy_articles(table, report.kept, folder)
        _copy_texts(table, rows, folder)
        _write_removed(report, sizes, folder / REMOVED)
        _write_manifest(folder / MANIFEST, _describe(table, report, int(rows.sum()), folder, note))
        open_table(folder)  # a table that cannot be opened never gets its name
    return open_table(output)


@contextmanager
def _make_folder(output: Path) -> Iterator[Path]:
    """Give a folder beside `output` that takes its name in the end, and is gone when that end is not reached."""
    refuse_existing(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))
    try:
        yield folder
        refuse_existing(output)
        folder.rename(output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def refuse_existing(output: Path) -> None:
    """Raise InputError when something has that name already."""
    if output.exists() or output.is_symlink():
        raise InputError("OUT", "", str(output), "a folder that does not exist yet")


def _write_rows(path: Path, stored: NDArray[Any], rows: NDArray[np.bool_]) -> None:
    header = {
        "descr": np.lib.format.dtype_to_descr(stored.dtype),
        "fortran_order": False,
        "shape": (int(rows.sum()), stored.shape[1]),
    }
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        for start in range(0, len(stored), BLOCK_ROWS):
            stop = min(start + BLOCK_ROWS, len(stored))
            stream.write(np.ascontiguousarray(map_rows(stored, start, stop)[rows[start:stop]]).tobytes())


def _copy_articles(table: Table, kept: NDArray[np.bool_], folder: Path) -> None:
    """Carry over the lines of the kept articles as they are."""
    path = table.path / "articles.jsonl"
    if path.is_file():
        lines = [line for line in path.read_text("utf-8").split("\n") if line]
        chosen = [line for line, keep in zip(lines, kept, strict=True) if keep]
        (folder / path.name).write_text("".join(f"{line}\n" for line in chosen), "utf-8")


def _copy_texts(table: Table, rows: NDArray[np.bool_], folder: Path) -> None:
    path = table.path / TEXTS
    if not path.is_file():
        return
    try:
        with (
            gzip.open(path, "rb") as lines,
            (folder / TEXTS).open("wb") as raw,
            gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as texts,
        ):
            for line, keep in zip_longest(lines, rows):
                if line is None or keep is None:
                    raise InputError(
                        path, "", "another number of lines", f"one text for each of the {len(rows):,} rows"
                    )
                if keep:
                    texts.write(line)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(path, "", "a file that cannot be read", f"one JSON string per line ({error})") from error


def _write_removed(report: JunkReport, sizes: NDArray[np.int64], path: Path) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for removed in report.removed:
            fields = {"title": removed.title, "rule": removed.rule, "why": removed.why, "windows": removed.windows}
            fields |= {"article": removed.article, "rows": int(sizes[removed.article])}
            stream.write(json.dumps(fields, ensure_ascii=False) + "\n")


def _write_manifest(path: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest as a build does; half a character that a foreign one may hold stays an escape."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    write_whole(path, text.encode("utf-8", "backslashreplace").decode("utf-8"))


def _describe(table: Table, report: JunkReport, rows: int, folder: Path, note: dict[str, Any]) -> dict[str, Any]:
    before = table.manifest.get("filtered")
    files = {name: hash_file(folder / name) for name in _FILES if (folder / name).exists()}
    return {
        **table.manifest,
        "rows": rows,
        "articles": int(report.kept.sum()),
        "content_sha256": files["vectors.npy"],
        "files": files,
        "filtered": [*(before if isinstance(before, list) else []), note],
    }
