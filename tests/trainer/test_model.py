import torch

from trainer.model import AMN


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
