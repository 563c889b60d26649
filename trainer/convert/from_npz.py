"""The original's windows, every vector T + 1 times, to a table with every vector once: in one pass, block by block."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from checks.dataset import read_manifest_of
from checks.errors import InputError
from checks.original import TRAIN, VALIDATION, Half, has_half
from checks.windows import Windows, open_npz
from trainer.convert.joining import Sequence, join_windows, sort_windows
from trainer.convert.manifest import Conversion, describe_draft
from trainer.convert.parts import write_parts
from trainer.convert.texts import TextFile, find_texts
from trainer.convert.vector_file import VectorFile

HALVES = {"train": TRAIN, "val": VALIDATION}


def convert_npz(
    path: Path, folder: Path, name: str, *, half: str, dtype: str | None, tell: Callable[[int, int], None]
) -> Conversion:
    """Write the windows of an npz as a table into an empty folder; `tell` hears how many of how many are done.

    Raises InputError when it is no such npz, holds no windows, or a number does not fit the dtype.
    """
    keys = HALVES[half]
    windows = open_npz(path, None, keys)
    carried = read_manifest_of(windows) or {}
    if not len(windows):
        raise InputError(path, "", "no windows", "at least one")
    kind = np.dtype(dtype or ("float16" if _narrowest(windows) == np.float16 else "float32"))
    texts, silence = find_texts(path, keys, len(windows))
    sequence, begins, done = sort_windows(windows), [], 0
    tell(0, len(windows))
    with ExitStack() as files:
        vectors = files.enter_context(VectorFile(folder / "vectors.npy", windows.dim, kind))
        lines = files.enter_context(TextFile(folder, texts))
        for block in join_windows(windows, sequence):
            vectors.append(block.pick_rows())
            lines.append(block)
            begins.append(done + np.flatnonzero(~block.continues))
            done += len(block.index)
            tell(done, len(windows))
    starts = np.concatenate(begins)
    write_parts(folder, windows, sequence, starts)
    facts = _count(windows, sequence, starts)
    notes = tuple(note for note in (*_explain(path, facts), silence, _mention_other_half(path, keys)) if note)
    made = Conversion(kind.name, windows.dim, vectors.rows, len(starts), facts, notes)
    describe_draft(folder, name, path, carried, made)
    return made


def _narrowest(windows: Windows) -> np.dtype[np.floating]:
    return np.result_type(windows.context_rows.dtype, windows.target_rows.dtype)


def _count(windows: Windows, sequence: Sequence, starts: NDArray[np.int64]) -> dict[str, str | int]:
    known = windows.article is not None
    facts = {"windows": len(windows), "context": windows.context, "order": "positions" if known else "unknown"}
    counts = {"gaps": sequence.gaps, "repeated": sequence.repeated, "disagreeing": int(sequence.expected[starts].sum())}
    return {**facts, **counts} if known else facts


def _explain(path: Path, facts: dict[str, str | int]) -> list[str]:
    """Say what a person must know about the cuts."""
    if facts["order"] == "unknown":
        note = (
            f"{path.name} does not say which article a window is from: windows that continue the one before them in "
            "the file are joined, and every run of them stands as an article; vectors may be in several of them, and "
            "on both sides of a split by article"
        )
        return [note]
    why = {
        "gaps": "follow a gap in their article",
        "repeated": "have the position of another window",
        "disagreeing": "are the next ones by their position, but not by their vectors",
    }
    cuts = [f"{facts[key]:,} windows {reason}" for key, reason in why.items() if facts[key]]
    if not cuts:
        return []
    parts = "articles are cut into parts there, which a split by article keeps together"
    return [f"{path.name}: {'; '.join(cuts)}: {parts}"]


def _mention_other_half(path: Path, keys: Half) -> str:
    other = next(name for name, half in HALVES.items() if half is not keys)
    return f"{path.name} also carries another half: --half {other} converts it" if has_half(path, HALVES[other]) else ""
