"""How the vectors of B lie in the space of A, whichever of the two is only known by its recorded numbers."""

import numpy as np

from checks import encoder_fingerprint
from checks.config import resolve_settings
from checks.data import Data
from checks.dataset import Dataset
from checks.profile import measure_profile
from checks.reference import Reference, Space
from checks.registry import Numbers, keep_silent
from checks.space import cosine, measure_space, read_directions
from trainer.tables.sides import Side

SAMPLED_WINDOWS, SEED = 20_000, 0


def hold_spaces(a: Side, b: Side) -> Numbers | None:
    """Return what check 1 measures of spaces, its manifest taken as the same; None where a baseline records no space.

    Of a baseline as B the roles are changed: how A lies in B's space says as much.
    """
    if b.windows is not None:
        reference = a.recorded or _measure(a)
        return _measure_in(b, reference) if reference is not None and reference.space is not None else None
    known = b.recorded
    if known is None or known.space is None:
        return None
    if a.windows is not None:
        return _measure_in(a, known)
    if a.recorded is None or a.recorded.space is None:
        return None
    return _compare_spaces(a.recorded.space, known.space)


def _measure(side: Side) -> Reference | None:
    if side.windows is None:
        return None
    profile = measure_profile(side.windows, encoder_fingerprint.PROFILED_WINDOWS, SEED)
    space = measure_space(side.windows, SAMPLED_WINDOWS, SEED)
    return Reference(side.measures.name, {}, len(side.windows), side.windows.context, space, tuple(profile.distances))


def _measure_in(side: Side, reference: Reference) -> Numbers:
    assert side.windows is not None  # noqa: S101
    data = Data(Dataset("train", side.windows, None), (), reference, resolve_settings({}))
    numbers = encoder_fingerprint.measure(data, keep_silent)
    return {**numbers, "train.manifest": encoder_fingerprint.SAME}


def _compare_spaces(a: Space, b: Space) -> Numbers:
    """Compare two recorded spaces: the share of B's directions that lie in A's, above chance."""
    mine, theirs = read_directions(a), read_directions(b)
    chance = a.count / len(a.mean)
    share = float(np.square(theirs @ mine.T).sum() / b.count)
    overlap, mean = (share - chance) / (1 - chance), cosine(np.asarray(b.mean), np.asarray(a.mean))
    return {
        "encoder": "", "train.manifest": encoder_fingerprint.SAME, "train.space": "compared", "train.overlap": overlap,
        "train.mean_cosine": mean, "train.target_overlap": overlap, "train.target_mean_cosine": mean,
        "train.contexts_to_targets": 1.0,
    }  # fmt: skip
