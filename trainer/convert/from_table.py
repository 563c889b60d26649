"""A table to the same table in another dtype, block by block."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from checks.errors import InputError
from checks.table import open_table
from trainer.build.workplace import TEXTS
from trainer.convert.joining import release_pages
from trainer.convert.manifest import Conversion, describe_draft
from trainer.convert.vector_file import VectorFile

BLOCK_ROWS = 2048
_KEPT = ("articles.jsonl", TEXTS)


def convert_table(
    path: Path, folder: Path, name: str, *, dtype: str | None, tell: Callable[[int, int], None]
) -> Conversion:
    """Write a table's rows in another dtype into an empty folder, int8 multiplied out, all else as it is.

    Raises InputError when it is no table, or a number does not fit the dtype.
    """
    table = open_table(path)
    kind = np.dtype(dtype or ("float16" if table.stored.dtype == np.float16 else "float32"))
    tell(0, table.rows)
    with VectorFile(folder / "vectors.npy", table.dim, kind) as vectors:
        for start, block in table.read_blocks(BLOCK_ROWS):
            vectors.append(block)
            release_pages(table.stored)
            tell(start + len(block), table.rows)
    np.save(folder / "offsets.npy", table.offsets)
    try:
        for kept in _KEPT:
            if (path / kept).is_file():
                shutil.copyfile(path / kept, folder / kept)
    except OSError as error:
        raise InputError(path, "", error.strerror or "an error", "files that can be read") from error
    facts = {"dtype": table.stored.dtype.name}
    if "content_sha256" in table.manifest:
        facts["content_sha256"] = str(table.manifest["content_sha256"])
    made = Conversion(kind.name, table.dim, table.rows, len(table.offsets) - 1, facts)
    describe_draft(folder, name, path, table.manifest, made)
    return made
