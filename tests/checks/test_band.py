import math

import pytest

from checks.band import Band


def test_a_band_is_of_val_cosine_unless_it_says_otherwise() -> None:
    assert Band(epoch=1, low=0.5, high=0.53).metric == "val_cosine"
    assert Band(epoch=1, low=0.5, high=0.5).high == 0.5


@pytest.mark.parametrize(("low", "high"), [(0.6, 0.5), (math.nan, 0.5), (0.5, math.nan)])
def test_an_empty_band_is_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="must be at most high"):
        Band(epoch=1, low=low, high=high)


def test_epochs_are_counted_from_1() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Band(epoch=0, low=0.1, high=0.2)
