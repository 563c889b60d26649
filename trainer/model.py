"""The models by name; AMN predicts the next vector as the mean of the context plus a learned correction."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from trainer.predictor import Predictor
from trainer.siblings import GRU, LSTM, Transformer

D_MODEL, HIDDEN_DIM = 256, 512


class AMN(Predictor):
    """Attention mixture network: (B, T, D) -> (B, D) of unit length, for any T; positions play no part.

    The names of its parts are those of the weights that `--pretrained` reads.
    """

    def __init__(self, input_dim: int, d_model: int = D_MODEL, hidden_dim: int = HIDDEN_DIM) -> None:
        """Build for vectors of length D = `input_dim`; attention is `d_model` wide, the correction `hidden_dim`."""
        super().__init__()
        self.context_encoder = nn.Linear(input_dim, d_model)
        self.query_encoder = nn.Linear(input_dim, d_model)
        self.residual_net = nn.Sequential(
            nn.Linear(2 * input_dim, hidden_dim),
            nn.GELU(),
            nn.LayerNorm(hidden_dim),
            nn.Linear(hidden_dim, hidden_dim // 2),
            nn.GELU(),
            nn.LayerNorm(hidden_dim // 2),
            nn.Linear(hidden_dim // 2, input_dim),
        )
        self.scale = 1.0 / math.sqrt(d_model)

    def compute_raw(self, x: Tensor) -> Tensor:
        """Return the mean of `x` (B, T, D) plus the correction, (B, D)."""
        mean = x.mean(dim=1)
        query = self.query_encoder(mean)
        # q . (W x + b) = (W' q) . x + q . b: keys need not be computed position by position, which saves a fifth.
        encoder = self.context_encoder
        # As a row times a matrix: a matrix times a column takes MKL four times as long.
        scores = torch.bmm((query @ encoder.weight).unsqueeze(1), x.transpose(1, 2)).squeeze(1)
        scores = scores + (query @ encoder.bias).unsqueeze(1)
        mixed = torch.bmm((scores * self.scale).softmax(dim=-1).unsqueeze(1), x).squeeze(1)
        correction: Tensor = self.residual_net(torch.cat((mean, mixed), dim=-1))
        return mean + correction


SIBLINGS: Mapping[str, Callable[[int, int], Predictor]] = {"lstm": LSTM, "gru": GRU, "transformer": Transformer}


def create_model(
    model_type: str, input_dim: int = 768, d_model: int = D_MODEL, hidden_dim: int = HIDDEN_DIM
) -> Predictor:
    """Make a model by the name of its type; a sibling of AMN has states of `hidden_dim` and no use for `d_model`.

    Raises ValueError for a type that is not known, or sizes that do not go together.
    """
    if model_type == "amn":
        return AMN(input_dim, d_model, hidden_dim)
    if model_type in SIBLINGS:
        return SIBLINGS[model_type](input_dim, hidden_dim)
    raise ValueError(f"model type {model_type!r} is not known, expected amn, {', '.join(SIBLINGS)}")


def count_parameters(model: nn.Module) -> int:
    """Return how many numbers a model learns."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
