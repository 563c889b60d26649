import pytest
import torch

from trainer.config import TrainConfig
from trainer.learner import Learner
from trainer.optimizer import PLATEAU_PATIENCE

CPU = torch.device("cpu")


def make_learner(**changes: object) -> Learner:
    torch.manual_seed(0)
    return Learner(TrainConfig(**changes), 12, CPU)  # type: ignore[arg-type]


def draw_batch(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    contexts = torch.nn.functional.normalize(torch.randn(8, 5, 12, generator=random), dim=-1)
    return contexts, torch.nn.functional.normalize(torch.randn(8, 12, generator=random), dim=-1)


@pytest.mark.slow
def test_it_overfits_one_batch() -> None:
    learner, batch = make_learner(lr=1e-2), draw_batch()
    cosines = [float(learner.step(*batch)[1]) for _ in range(50)]
    assert cosines[0] < 0.5
    assert cosines[-1] > 0.98


def test_a_step_measures_what_it_names() -> None:
    learner, (contexts, targets) = make_learner(lambda_info=0.5), draw_batch()
    assert learner.measured == ("loss", "cosine", "grad_norm", "mse", "info", "moment", "variance")
    with torch.no_grad():
        raw, out = learner.model(contexts, return_raw=True)
        terms = learner.objective.compute(raw, out, targets) * learner.weights
    values = learner.step(contexts, targets).tolist()
    assert values[0] == pytest.approx(float(terms.sum()), rel=1e-5)
    assert values[1] == pytest.approx(float((out * targets).sum(1).mean()), rel=1e-5)
    assert values[3:] == pytest.approx([float(term) for term in terms], rel=1e-5)


@pytest.mark.parametrize(("clip", "expected"), [(1e-3, 1e-3), (0.0, None), (1e6, None)])
def test_gradients_are_clipped_and_the_norm_before_is_measured(clip: float, expected: float | None) -> None:
    learner = make_learner(grad_clip=clip)
    measured = float(learner.step(*draw_batch())[2])
    gradients = [parameter.grad for parameter in learner.model.parameters() if parameter.grad is not None]
    norm = float(torch.sqrt(sum((gradient.square().sum() for gradient in gradients), torch.zeros(()))))
    assert norm == pytest.approx(measured if expected is None else expected, rel=1e-3)
    assert measured > 2e-3


def test_the_learning_rate_halves_after_more_than_three_epochs_without_gain() -> None:
    learner = make_learner(lr=0.001)
    learner.end_epoch(1.0)
    rates = []
    for _ in range(2 * (PLATEAU_PATIENCE + 1)):
        learner.end_epoch(1.0)
        rates.append(learner.lr)
    assert rates == [0.001] * 3 + [0.0005] * 4 + [0.00025]


def test_the_average_is_evaluated_only_where_one_is_kept() -> None:
    assert make_learner(ema_decay=0.0).evaluated is not None
    plain, averaging = make_learner(ema_decay=0.0), make_learner(ema_decay=0.9)
    assert plain.evaluated is plain.model
    assert averaging.evaluated is not averaging.model


@pytest.mark.parametrize("steps", [0, 1, 5])
@pytest.mark.parametrize("ema_decay", [0.0, 0.99])
def test_going_on_equals_never_stopping(steps: int, ema_decay: float) -> None:
    whole = make_learner(ema_decay=ema_decay)
    for seed in range(steps):
        whole.step(*draw_batch(seed))
    tensors, numbers = whole.export()
    copied = {name: value.clone() for name, value in tensors.items()}
    torch.manual_seed(99)
    resumed = Learner(TrainConfig(ema_decay=ema_decay), 12, CPU)
    resumed.restore(copied, numbers)
    for learner in (whole, resumed):
        for seed in range(6):
            learner.end_epoch(1.0)
            learner.step(*draw_batch(100 + seed))
    after, expected = resumed.export(), whole.export()
    assert after[1] == expected[1]
    assert after[0].keys() == expected[0].keys()
    assert all(torch.equal(after[0][name], expected[0][name]) for name in expected[0])


def test_starting_from_weights_sets_the_average_too() -> None:
    learner, other = make_learner(), make_learner(seed=1)
    torch.nn.init.ones_(other.model.query_encoder.weight)
    learner.start_from(other.model.state_dict())
    for model in (learner.model, learner.evaluated):
        assert bool((model.query_encoder.weight == 1).all())


@pytest.mark.slow
def test_restoring_another_model_fails() -> None:
    tensors, numbers = make_learner().export()
    with pytest.raises(RuntimeError):
        Learner(TrainConfig(), 13, CPU).restore(tensors, numbers)
