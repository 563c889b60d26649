from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from trainer.data import load_vectors, open_data
from trainer.evaluate import score_model
from trainer.losses import Objective
from trainer.model import AMN


@pytest.mark.slow
@pytest.mark.parametrize("batch_size", [1, 32, 700])
def test_the_score_is_the_mean_over_windows_whatever_the_chunks(
    make_table: Callable[..., Path], batch_size: int
) -> None:
    data = load_vectors(open_data(str(make_table(sizes=(60,) * 25)), 5), torch.device("cpu"))
    model, index = AMN(data.dim, 8, 8), torch.randperm(len(data), generator=torch.Generator().manual_seed(0))
    assert len(index) > 1024
    objective, weights = Objective({"mse": 1.0, "info": 0.1}, 0.07, 1.0), torch.tensor([1.0, 0.1])
    score = score_model(model, data, index, objective, weights, batch_size)
    losses, cosines, outputs, every = [], [], [], []
    with torch.no_grad():
        for batch in torch.split(index, batch_size):
            contexts, targets = data.take(batch)
            raw, out = model(contexts, return_raw=True)
            losses += [float((objective.compute(raw, out, targets) * weights).sum())] * len(batch)
            cosines += torch.nn.functional.cosine_similarity(out, targets).tolist()
            outputs.append(out)
            every.append(targets)
    assert score.cosine == pytest.approx(sum(cosines) / len(cosines), abs=1e-5)
    assert score.loss == pytest.approx(sum(losses) / len(losses), rel=1e-4)
    pairs = torch.cat(outputs) @ torch.cat(every).T  # the margin never looks at pairs; here they all are
    others = (pairs.sum() - pairs.diagonal().sum()) / (len(pairs) * (len(pairs) - 1))
    assert score.margin == pytest.approx(float(pairs.diagonal().mean() - others), abs=1e-5)


def test_a_single_window_has_no_others_to_lead(make_table: Callable[..., Path]) -> None:
    data = load_vectors(open_data(str(make_table()), 5), torch.device("cpu"))
    objective = Objective({"mse": 1.0}, 0.07, 1.0)
    score = score_model(AMN(data.dim, 8, 8), data, torch.tensor([3]), objective, torch.ones(1), 4)
    assert score.margin == score.cosine
