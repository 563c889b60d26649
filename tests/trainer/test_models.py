"""What holds for every model: sizes, the two results of forward, gradients, learning, checkpoints."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from checks.errors import InputError
from trainer.checkpoint import Checkpoint, State, make_probe, open_evaluated, read_checkpoint, write_checkpoint
from trainer.config import TrainConfig
from trainer.events import LogEvent
from trainer.flags import list_flags
from trainer.header import FOLDER, LAST
from trainer.model import count_parameters, create_model
from trainer.predictor import Predictor

PARAMETERS = {"amn": 1_510_912, "lstm": 5_120_768, "gru": 7_095_552, "transformer": 17_867_520}
TYPES = tuple(PARAMETERS)
DIM, WIDTH = 12, 16
every_model = pytest.mark.parametrize("model_type", TYPES)


def make_model(model_type: str) -> Predictor:
    torch.manual_seed(0)
    return create_model(model_type, DIM, d_model=8, hidden_dim=WIDTH)


def draw(batch: int, context: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    vectors = torch.randn(batch, context + 1, DIM, generator=torch.Generator().manual_seed(seed))
    unit = F.normalize(vectors, dim=-1)
    return unit[:, :-1], unit[:, -1]


@every_model
def test_the_model_has_as_many_parameters_as_it_says(model_type: str) -> None:
    with torch.device("meta"):
        assert count_parameters(create_model(model_type)) == PARAMETERS[model_type]


def test_every_type_that_the_flag_accepts_can_be_made_and_no_other() -> None:
    assert list_flags(TrainConfig)["model_type"].flag.choices == TYPES
    with pytest.raises(ValueError, match="'rnn' is not known, expected amn, lstm, gru, transformer"):
        create_model("rnn")


def test_a_transformer_whose_heads_do_not_divide_its_width_is_refused() -> None:
    with pytest.raises(ValueError, match="a multiple of 8, found 12"):
        create_model("transformer", DIM, hidden_dim=12)


@every_model
@pytest.mark.parametrize("context", [1, 5, 7])
def test_outputs_have_unit_length_for_any_context(model_type: str, context: int) -> None:
    model, (x, _) = make_model(model_type), draw(4, context)
    raw, out = model(x, return_raw=True)
    assert raw.shape == out.shape == (4, DIM)
    assert bool(torch.isfinite(raw).all())
    assert torch.allclose(out.norm(dim=1), torch.ones(4), atol=1e-6)
    assert torch.allclose(out, raw / raw.norm(dim=1, keepdim=True), atol=1e-6)
    assert torch.equal(model(x), out)


@every_model
@pytest.mark.parametrize("context", [1, 5])
def test_every_parameter_gets_a_gradient(model_type: str, context: int) -> None:
    """Even where it is 0: a parameter without one stalls training on several devices."""
    model, (x, target) = make_model(model_type), draw(4, context)
    F.mse_loss(model(x, return_raw=True)[0], target).backward()  # type: ignore[no-untyped-call]
    gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
    assert [name for name, gradient in gradients.items() if gradient is None] == []
    assert all(bool(torch.isfinite(gradient).all()) for gradient in gradients.values() if gradient is not None)


@pytest.mark.slow
@every_model
def test_it_overfits_a_few_windows(model_type: str) -> None:
    model, (x, target) = make_model(model_type), draw(6, 3)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    cosines = []
    for _ in range(60):
        optimizer.zero_grad()
        raw, out = model(x, return_raw=True)
        F.mse_loss(raw, target).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        cosines.append(float((out * target).sum(dim=-1).mean().detach()))
    assert cosines[0] < 0.5
    assert cosines[-1] > 0.9


@every_model
def test_one_seed_gives_one_model_and_one_result(model_type: str) -> None:
    x, _ = draw(4, 5)
    first, second = (make_model(model_type)(x) for _ in range(2))
    assert torch.equal(first, second)


@pytest.mark.parametrize("model_type", ["lstm", "gru", "transformer"])
def test_a_state_depends_on_nothing_that_comes_after_it(model_type: str) -> None:
    model, (x, _), (other, _) = make_model(model_type), draw(3, 6), draw(3, 6, seed=1)
    changed = torch.cat((x[:, :4], other[:, 4:]), dim=1)
    states, after = model.encode(x), model.encode(changed)
    assert states.shape == (3, 6, WIDTH)
    assert torch.allclose(states[:, :4], after[:, :4], atol=1e-5)
    assert not torch.allclose(states[:, 4], after[:, 4], atol=1e-2)
    assert torch.allclose(model.encode(x[:, :4]), states[:, :4], atol=1e-5)


@pytest.mark.parametrize("model_type", ["lstm", "gru", "transformer"])
def test_the_order_of_a_context_counts(model_type: str) -> None:
    model, (x, _) = make_model(model_type), draw(3, 5)
    swapped = x[:, [1, 0, 2, 3, 4]]
    assert not torch.allclose(model(x), model(swapped), atol=1e-4)


def save_model(folder: Path, model: Predictor, model_type: str, hidden_dim: int = WIDTH) -> Path:
    sizes = {"model_type": model_type, "input_dim": DIM, "d_model": 8, "hidden_dim": hidden_dim}
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()} | make_probe(model, DIM, 3)
    state = State(
        epoch=1, step=0, best=-math.inf, seconds=0.5, config={}, model=sizes, data="0", schedule={}, meter={}
    )  # fmt: skip
    write_checkpoint(folder, Checkpoint(tensors, state), best=False)
    return folder / LAST


@every_model
def test_a_checkpoint_gives_the_model_back(tmp_path: Path, model_type: str) -> None:
    model, (x, _) = make_model(model_type), draw(4, 5)
    read = open_evaluated(read_checkpoint(save_model(tmp_path, model, model_type)))
    assert type(read) is type(model)
    assert torch.equal(read(x), model(x))


@pytest.mark.parametrize("claimed", TYPES)
def test_a_checkpoint_of_another_type_than_it_claims_is_refused(tmp_path: Path, claimed: str) -> None:
    actual = TYPES[TYPES.index(claimed) - 1]
    path = save_model(tmp_path, make_model(actual), claimed)
    with pytest.raises(InputError, match="damaged"):
        read_checkpoint(path)


def test_a_checkpoint_of_sizes_that_cannot_be_is_refused(tmp_path: Path) -> None:
    path = save_model(tmp_path, make_model("transformer"), "transformer", hidden_dim=12)
    with pytest.raises(InputError, match="multiple of 8"):
        read_checkpoint(path)


@pytest.mark.slow
def test_a_sibling_trains_stops_and_goes_on_as_if_it_had_not_stopped(
    tiny_config: Callable[..., TrainConfig], run_training: Callable[..., list[LogEvent]], tmp_path: Path
) -> None:
    options = {"model_type": "lstm", "epochs": 2}
    run_training(tiny_config("whole", **options))
    run_training(tiny_config("cut", **options), 8)
    run_training(tiny_config("cut", **options, resume=str(tmp_path / "cut")))
    whole, cut = (read_checkpoint(tmp_path / name / FOLDER / LAST) for name in ("whole", "cut"))
    assert whole.state.epoch == cut.state.epoch == 3
    assert all(torch.equal(whole.tensors[name], value) for name, value in cut.tensors.items())
    assert any(isinstance(part, nn.LSTM) for part in open_evaluated(cut).modules())
