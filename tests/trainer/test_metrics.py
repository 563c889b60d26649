from typing import Any

import pytest

from checks.environment import BYTES_PER_NUMBER, MODEL_NUMBERS
from trainer.config import TrainConfig
from trainer.events import EpochEnded, Stepped
from trainer.metrics import list_epoch_metrics, list_step_metrics
from trainer.model import count_parameters, create_model


@pytest.mark.slow
@pytest.mark.parametrize("more", [{}, {"lambda_info": 0.5, "balance": "adaptive"}], ids=["fixed", "adaptive"])
def test_what_is_logged_is_what_was_said_before(more: dict[str, Any], run_training: Any, tiny_config: Any) -> None:
    config: TrainConfig = tiny_config(epochs=1, log_every=1, **more)
    events = run_training(config)
    ended = next(event for event in events if isinstance(event, EpochEnded))
    stepped = next(event for event in events if isinstance(event, Stepped))
    assert set(ended.values) == list_epoch_metrics(config)
    assert set(stepped.values) == list_step_metrics(config)


@pytest.mark.parametrize("model_type", list(MODEL_NUMBERS))
@pytest.mark.parametrize("dim", [96, 768, 1536])
def test_the_room_for_a_checkpoint_is_that_of_its_model(model_type: str, dim: int) -> None:
    base, more = MODEL_NUMBERS[model_type]
    needed, estimated = count_parameters(create_model(model_type, dim)), base + more * dim
    assert needed <= estimated <= 1.05 * needed
    assert BYTES_PER_NUMBER == 4 * 4
