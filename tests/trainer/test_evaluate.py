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
    objective = Objective({"mse": 1.0, "info": 0.1}, 0.07, 1.0)
    score = score_model(model, data, index, objective, batch_size)
    losses, cosines = [], []
    with torch.no_grad():
        for batch in torch.split(index, batch_size):
            contexts, targets = data.take(batch)
            raw, out = model(contexts, return_raw=True)
            losses += [float(torch.stack(objective.weigh(raw, out, targets)).sum())] * len(batch)
            cosines += torch.nn.functional.cosine_similarity(out, targets).tolist()
    assert score.cosine == pytest.approx(sum(cosines) / len(cosines), abs=1e-5)
    assert score.loss == pytest.approx(sum(losses) / len(losses), rel=1e-4)
