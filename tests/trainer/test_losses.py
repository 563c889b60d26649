import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from trainer.losses import (
    Objective,
    compute_info_nce,
    compute_moment,
    compute_mse,
    compute_variance,
    default_variance_target,
    measure_deviation,
    share_terms,
)

TAU = 0.07


@pytest.fixture
def batch() -> tuple[Tensor, Tensor, Tensor]:
    """Return raw, out, target, (7, 5) each."""
    random = torch.Generator().manual_seed(1)
    raw = torch.randn(7, 5, generator=random, dtype=torch.float64)
    return raw, F.normalize(raw, dim=1), F.normalize(torch.randn(7, 5, generator=random, dtype=torch.float64), dim=1)


def deviation(values: list[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def test_info_nce_equals_a_slow_loop_over_pairs(batch: tuple[Tensor, Tensor, Tensor]) -> None:
    raw, out, target = batch
    count, slow = len(out), 0.0
    similar = [[float(out[i] @ target[j]) / TAU for j in range(count)] for i in range(count)]
    for i in range(count):
        forward = sum(math.exp(similar[i][j]) for j in range(count))
        backward = sum(math.exp(similar[j][i]) for j in range(count))
        slow -= (2 * similar[i][i] - math.log(forward) - math.log(backward)) / count
    assert float(compute_info_nce(out, target, TAU)) == pytest.approx(slow)
    assert float(compute_info_nce(raw, 3 * target, TAU)) == pytest.approx(slow)  # lengths play no part


def test_the_other_terms_equal_slow_loops(batch: tuple[Tensor, Tensor, Tensor]) -> None:
    raw, out, target = batch
    rows, columns = raw.shape
    mse = sum(float(raw[i, d] - target[i, d]) ** 2 for i in range(rows) for d in range(columns)) / (rows * columns)
    assert float(compute_mse(raw, target)) == pytest.approx(mse)
    moment = variance = 0.0
    for d in range(columns):
        r, t, o = raw[:, d].tolist(), target[:, d].tolist(), out[:, d].tolist()
        moment += (sum(r) / rows - sum(t) / rows) ** 2 + (deviation(r) - deviation(t)) ** 2
        variance += max(0.0, 0.6 - deviation(o))
    assert float(compute_moment(raw, target)) == pytest.approx(moment / columns)
    assert float(compute_variance(out, 0.6)) == pytest.approx(variance / columns)


def test_the_variance_target_of_one_carries_no_signal_and_the_default_does() -> None:
    spread = F.normalize(torch.randn(512, 768, generator=torch.Generator().manual_seed(0)), dim=1)
    alike = F.normalize(torch.ones(512, 768), dim=1)
    assert float(compute_variance(spread, 1.0)) == pytest.approx(0.964, abs=0.001)
    target = default_variance_target(768)
    assert float(compute_variance(spread, target)) < 0.03 * target
    assert float(compute_variance(alike, target)) == pytest.approx(target)


def test_the_deviation_is_torchs_own_and_has_a_gradient_where_all_rows_are_alike() -> None:
    x = torch.randn(9, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.allclose(measure_deviation(x), x.std(dim=0))
    alike = torch.ones(4, 3, requires_grad=True)
    deviation = measure_deviation(alike)
    torch.autograd.backward(deviation.sum())
    assert alike.grad is not None
    assert float(deviation.detach().max()) < 1e-15
    assert not alike.grad.any()


@pytest.mark.parametrize("count", [1, 2])
def test_every_gradient_is_finite_in_the_smallest_batches(count: int) -> None:
    raw = torch.randn(count, 4, requires_grad=True)
    out = F.normalize(raw, dim=1)
    terms = Objective({"mse": 1.0, "info": 0.5, "moment": 0.1, "variance": 0.1}, TAU, 0.5)
    torch.autograd.backward(terms.compute(raw, out, F.normalize(torch.randn(count, 4), dim=1)).sum())
    assert raw.grad is not None
    assert bool(torch.isfinite(raw.grad).all())


def test_terms_come_in_order_and_their_shares_add_up(batch: tuple[Tensor, Tensor, Tensor]) -> None:
    raw, out, target = batch
    terms = Objective({"mse": 2.0, "info": 0.5}, TAU, 1.0).compute(raw, out, target)
    assert float(terms[0]) == pytest.approx(float(compute_mse(raw, target)))
    assert float(terms[1]) == pytest.approx(float(compute_info_nce(out, target, TAU)))
    shares = share_terms({"mse": 1.0, "info": 3.0}, 4.0)
    assert shares == {"mse_share": 0.25, "info_share": 0.75}
    assert share_terms({"mse": 0.0}, 0.0) == {"mse_share": 0.0}
    assert math.isnan(share_terms({"mse": 1.0}, math.nan)["mse_share"])
