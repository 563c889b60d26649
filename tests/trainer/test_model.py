import pytest
import torch

from trainer.model import AMN, count_parameters, create_model


def test_the_model_of_the_plan_has_1510912_parameters() -> None:
    assert count_parameters(create_model("amn", input_dim=768, d_model=256, hidden_dim=512)) == 1_510_912


@pytest.mark.parametrize("context", [1, 5, 9])
def test_outputs_have_unit_length_for_any_context(context: int) -> None:
    model = create_model("amn", input_dim=24, d_model=8, hidden_dim=12)
    x = torch.randn(4, context, 24)
    raw, out = model(x, return_raw=True)
    assert raw.shape == out.shape == (4, 24)
    assert torch.allclose(out.norm(dim=1), torch.ones(4), atol=1e-6)
    assert torch.allclose(out, raw / raw.norm(dim=1, keepdim=True), atol=1e-6)
    assert torch.equal(model(x), out)


def test_the_forward_pass_is_the_one_of_the_plan_written_out_for_one_window() -> None:
    torch.manual_seed(0)
    model = AMN(6, d_model=4, hidden_dim=8).requires_grad_(False)
    x = torch.randn(3, 6)
    mean = (x[0] + x[1] + x[2]) / 3
    query = model.query_encoder(mean)
    scores = [float(query @ model.context_encoder(row)) / 4**0.5 for row in x]
    weights = [2.718281828459045**score for score in scores]
    mixed = torch.stack([weight / sum(weights) * row for weight, row in zip(weights, x, strict=True)]).sum(dim=0)
    raw = mean + model.residual_net(torch.cat([mean, mixed]))
    assert torch.allclose(model(x[None], return_raw=True)[0][0], raw, atol=1e-5)


def test_positions_play_no_part() -> None:
    model, x = AMN(8, 4, 8), torch.randn(2, 5, 8)
    assert torch.allclose(model(x), model(x.flip(1)), atol=1e-6)


def test_another_type_is_refused() -> None:
    with pytest.raises(ValueError, match="lstm"):
        create_model("lstm")
