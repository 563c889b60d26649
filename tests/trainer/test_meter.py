import pytest
import torch

from trainer.group import ALONE
from trainer.meter import Meter


def test_means_are_weighted_by_windows_and_start_over() -> None:
    meter = Meter(("loss", "cosine"), ALONE)
    meter.add(torch.tensor([1.0, 0.0]), 3)
    meter.add(torch.tensor([5.0, 1.0]), 1)
    assert meter.read_interval() == {"loss": 2.0, "cosine": 0.25}
    meter.add(torch.tensor([10.0, 0.5]), 4)
    assert meter.read_epoch() == {"loss": 6.0, "cosine": 0.375}
    assert meter.read_epoch() == {"loss": 0.0, "cosine": 0.0}


@pytest.mark.parametrize("cut", range(6))
def test_going_on_gives_the_same_means_to_the_last_bit(cut: int) -> None:
    values = torch.rand(6, 1, generator=torch.Generator().manual_seed(0))
    whole, first, second = (Meter(("loss",), ALONE) for _ in range(3))
    for index, value in enumerate(values):
        if index == cut:
            second.restore(*first.export())
        for meter in (whole, second if index >= cut else first):
            meter.add(value, index + 1)
            if index == 2:
                meter.read_interval()
    assert second.read_epoch() == whole.read_epoch()
