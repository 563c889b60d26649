import pytest
import torch
from torch import nn

from trainer.ema import Average, warm_decay


@pytest.mark.parametrize(
    ("updates", "expected"), [(0, 0.1), (1, 2 / 11), (90, 0.91), (8990, 8991 / 9000), (8991, 0.999), (10**6, 0.999)]
)
def test_the_decay_warms_up(updates: int, expected: float) -> None:
    assert warm_decay(0.999, updates) == pytest.approx(expected)


@pytest.mark.parametrize("decay", [0.5, 0.999])
def test_the_average_equals_its_closed_form(decay: float) -> None:
    """a_n = sum_k w_k (1 - d_k) prod_{j > k} d_j, where the first update counts whole."""
    model = nn.Linear(2, 1, bias=False)
    average = Average(model, decay)
    weights = torch.randn(30, 2, generator=torch.Generator().manual_seed(0))
    for weight in weights:
        with torch.no_grad():
            model.weight.copy_(weight[None])
        average.update()
    decays = [0.0] + [min(decay, (1 + n) / (10 + n)) for n in range(1, len(weights))]
    expected = torch.zeros(2, dtype=torch.float64)
    for k, weight in enumerate(weights):
        factor = 1 - decays[k]
        for later in decays[k + 1 :]:
            factor *= later
        expected += factor * weight
    averaged = average.module.state_dict()["weight"][0]
    assert torch.allclose(averaged.double(), expected, atol=1e-6)


def test_a_short_run_has_left_its_random_start_behind() -> None:
    model = nn.Linear(1, 1, bias=False)
    average = Average(model, 0.999)
    for step in range(100):
        with torch.no_grad():
            model.weight.fill_(1.0 if step >= 20 else -1.0)
        average.update()
    assert average.module.state_dict()["weight"].item() > 0.9  # without warm-up it would still stand near -0.8


def test_recurrent_weights_of_the_average_are_put_together_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model, flattened = nn.Sequential(nn.GRU(2, 3), nn.Linear(3, 2), nn.LSTM(2, 2)), list[nn.Module]()
    monkeypatch.setattr(nn.RNNBase, "flatten_parameters", lambda part: flattened.append(part))
    average = Average(model, 0.9)
    assert flattened == [average.module[0], average.module[2]]
    assert flattened[0] is not model[0]
