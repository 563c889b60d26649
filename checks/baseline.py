"""Statistics of a known-good data set, recorded so that later ones can be compared."""

import numpy as np

from checks.adjacency import LOW_COSINE, measure_coherence
from checks.cosine import measure_mean
from checks.dataset import Dataset
from checks.manifest import pick_fields
from checks.profile import measure_direction, measure_profile
from checks.reference import Adjacency, Reference
from checks.scan import Scan
from checks.space import measure_space
from checks.windows import Windows

WINDOWS, SEED = 200_000, 0


def measure_reference(dataset: Dataset, name: str = "") -> Reference:
    """Measure everything that a check compares with; pairs and vectors of a huge set are sampled."""
    windows, scan = dataset.windows, dataset.scan
    profile = measure_profile(windows, WINDOWS, SEED, scan=scan)
    direction, error, _ = measure_direction(windows, SEED)
    return Reference(
        name=name or dataset.name,
        manifest=pick_fields(dataset.manifest or {}, windows.dim),
        windows=len(windows),
        context=windows.context,
        space=measure_space(windows, WINDOWS, SEED),
        profile=tuple(round(value, 6) for value in profile.distances),
        direction=round(float(np.nan_to_num(direction)), 6),
        direction_error=round(float(np.nan_to_num(error)), 6),
        adjacency=_measure_adjacency(windows, scan),
    )


def _measure_adjacency(windows: Windows, scan: Scan) -> Adjacency:
    coherence = measure_coherence(windows, scan, SEED)
    p10, p50, p90 = coherence.measure_quantiles()
    return Adjacency(
        mean=round(measure_mean(coherence.cosines), 6),
        std=round(float(coherence.cosines.std(dtype=np.float64)), 6),
        p10=round(p10, 6),
        p50=round(p50, 6),
        p90=round(p90, 6),
        low_share=round(coherence.measure_low(LOW_COSINE), 6),
        pairs=len(coherence.cosines),
        histogram=tuple(coherence.histogram),
    )
