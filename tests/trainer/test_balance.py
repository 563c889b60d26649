import pytest
import torch

from trainer.balance import Balance
from trainer.config import TrainConfig
from trainer.learner import Learner
from trainer.losses import Objective

CPU = torch.device("cpu")
OBJECTIVE = Objective({"mse": 0.5, "info": 0.5, "moment": 0.1}, 0.07, 1.0)


def weigh(*batches: tuple[float, float]) -> float:
    balance, weights = Balance(OBJECTIVE, CPU), torch.tensor([0.5, 0.5, 0.1])
    for mse, info in batches:
        balance.weigh(torch.tensor([mse, info, 9.0]), weights)
    assert weights[[0, 2]].tolist() == pytest.approx([0.5, 0.1])
    return float(weights[1])


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        ([(0.2, 0.4)], 0.25),  # 0.5 * 0.002 / 0.004
        ([(0.2, 0.4), (0.4, 0.4)], 0.5 * (0.002 * 0.99 + 0.004) / (0.004 * 0.99 + 0.004)),
        ([(0.001, 7.0)], 0.01),  # the errors of attempt 2: one 7,000 times the other
        ([(3.0, 0.1)], 0.5),
        ([(0.1, 0.0)], 0.5),
    ],
)
def test_the_weight_is_the_formula_computed_by_hand(batches: list[tuple[float, float]], expected: float) -> None:
    assert weigh(*batches) == pytest.approx(expected, rel=1e-5)


def test_it_goes_on_where_it_was_and_a_fresh_one_leaves_the_weights_alone() -> None:
    balance, weights = Balance(OBJECTIVE, CPU), torch.tensor([0.5, 0.5, 0.1])
    balance.restore(torch.zeros(2), weights)
    assert float(weights[1]) == 0.5
    balance.restore(torch.tensor([0.1, 0.4]), weights)
    assert float(weights[1]) == pytest.approx(0.125)


def test_a_learner_holds_info_nce_down_to_the_size_of_the_squared_error() -> None:
    torch.manual_seed(0)
    config = TrainConfig(balance="adaptive", lambda_mse=0.5, lambda_info=0.5, lambda_moment=0.0, lambda_variance=0.0)
    learner = Learner(config, 12, CPU)
    contexts, targets = torch.randn(8, 5, 12), torch.nn.functional.normalize(torch.randn(8, 12), dim=1)
    _, _, _, mse, info = learner.step(contexts, targets).tolist()
    assert learner.info_weight < 0.5
    assert info == pytest.approx(mse, rel=1e-3) or learner.info_weight == pytest.approx(0.01)
