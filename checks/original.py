"""The npz files of the original project: which of their arrays are contexts, targets, positions and texts.

context_sequences   (N, T, D) float32, float16 or float64; also `contexts`, `train_context_sequences`
target_vectors      (N, D); also `targets`, `train_target_vectors`
sequence_positions  (N, 2) integers: article, and chunk of the target; also `truth_keys`; of any other shape it says
                    nothing about articles, so the order of the windows is unknown
val_…               a validation half that the file carries itself
target_texts        (N,) optional: read where it is plain text, left alone where it is pickled, as metadata always is
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.errors import InputError
from checks.npz import list_arrays, read_arrays

FLOATS = (np.float32, np.float16, np.float64)


@dataclass(frozen=True, slots=True)
class Half:
    """The names that the arrays of one half go by, the usual one first."""

    contexts: tuple[str, ...]
    targets: tuple[str, ...]
    positions: tuple[str, ...]
    texts: tuple[str, ...]


TRAIN = Half(
    ("context_sequences", "contexts", "train_context_sequences"),
    ("target_vectors", "targets", "train_target_vectors"),
    ("sequence_positions", "truth_keys", "train_sequence_positions", "train_truth_keys"),
    ("target_texts", "train_target_texts"),
)
VALIDATION = Half(
    ("val_context_sequences", "val_contexts"),
    ("val_target_vectors", "val_targets"),
    ("val_sequence_positions", "val_truth_keys"),
    ("val_target_texts",),
)


@dataclass(frozen=True, slots=True)
class HalfArrays:
    """contexts (N, T, D), targets (N, D); article and chunk (N,) int32, None where the order is unknown.

    Articles are numbered anew from 0; article_ids (A,) are the file's own numbers.
    """

    contexts: NDArray[Any]
    targets: NDArray[Any]
    article: NDArray[np.int32] | None
    chunk: NDArray[np.int32] | None
    article_ids: NDArray[Any] | None


def has_half(path: Path, half: Half) -> bool:
    """Tell whether an npz has arrays of that half; raises InputError when it is no npz."""
    return any(name in half.contexts + half.targets for name in list_arrays(path))


def read_half(path: Path, half: Half, context: int | None) -> HalfArrays:
    """Read one half of an npz; an array that is not needed is not looked at.

    Raises InputError when contexts or targets are missing, do not fit each other, or are not of T = `context`.
    """
    names = list_arrays(path)
    contexts, targets = _read_vectors(path, names, half.contexts), _read_vectors(path, names, half.targets)
    if contexts.ndim != 3 or targets.ndim != 2 or contexts.shape[::2] != targets.shape:
        raise InputError(path, "contexts and targets", f"{contexts.shape} and {targets.shape}", "(N, T, D) and (N, D)")
    length, dim = contexts.shape[1:]
    if not length or not dim:
        raise InputError(path, "contexts", f"{contexts.shape}", "(N, T, D) with T and D of at least 1")
    if context is not None and length != context:
        raise InputError(path, "contexts", f"{length} a window", f"{context}, or --context {length}")
    for key in (key for key in half.positions if key in names):
        positions = read_arrays(path, (key,))[key]
        if positions.shape == (len(targets), 2):
            return HalfArrays(contexts, targets, *_read_positions(path, key, positions))
    return HalfArrays(contexts, targets, None, None, None)


def read_target_texts(path: Path, half: Half) -> NDArray[np.str_] | None:
    """Return the text of every target (N,), None where there is none; raises InputError when it is no plain text."""
    key = _pick(list_arrays(path), half.texts)
    if key is None:
        return None
    texts = read_arrays(path, (key,))[key]
    if texts.ndim != 1 or texts.dtype.kind != "U":
        raise InputError(path, key, f"{texts.dtype} {texts.shape}", "text (N,)")
    return texts


def _read_positions(
    path: Path, key: str, numbers: NDArray[Any]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[Any]]:
    if not np.issubdtype(numbers.dtype, np.integer):
        raise InputError(path, key, numbers.dtype, "integers")
    limit = np.iinfo(np.int32).max
    if len(numbers) and (int(numbers[:, 1].min()) < 0 or int(numbers[:, 1].max()) > limit):
        raise InputError(path, key, "chunk numbers below 0 or too large", f"0 to {limit}")
    ids, article = np.unique(numbers[:, 0], return_inverse=True)  # a file's own ids may be huge
    return article.astype(np.int32), numbers[:, 1].astype(np.int32), ids


def _pick(names: list[str], keys: tuple[str, ...]) -> str | None:
    return next((key for key in keys if key in names), None)


def _read_vectors(path: Path, names: list[str], keys: tuple[str, ...]) -> NDArray[Any]:
    key = _pick(names, keys)
    if key is None:
        found = ", ".join(names[:20]) or "an empty archive"
        raise InputError(path, "", found, f"one of the arrays {', '.join(keys)}")
    array = read_arrays(path, (key,))[key]
    if array.dtype not in FLOATS:
        raise InputError(path, key, array.dtype, "float32 or float16, or float64")
    return array
