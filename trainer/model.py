"""The models by name; AMN predicts the next vector as the mean of the context plus a learned correction."""

import math
from collections.abc import Callable, Mapping
from typing import Literal, overload

import torch
from torch import Tensor, nn
from torch.nn import functional as F

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

    @overload
    def forward(self, x: Tensor, return_raw: Literal[False] = False) -> Tensor: ...
    @overload
    def forward(self, x: Tensor, return_raw: Literal[True]) -> tuple[Tensor, Tensor]: ...
    def forward(self, x: Tensor, return_raw: bool = False) -> Tensor | tuple[Tensor, Tensor]:
        """Predict the vector after `x` (B, T, D); with `return_raw` also before it is brought to unit length."""
        mean = x.mean(dim=1)
        scores = torch.einsum("btk,bk->bt", self.context_encoder(x), self.query_encoder(mean)) * self.scale
        mixed = torch.einsum("bt,btd->bd", scores.softmax(dim=-1), x)
        raw = mean + self.residual_net(torch.cat((mean, mixed), dim=-1))
        out = F.normalize(raw, dim=-1)
        return (raw, out) if return_raw else out


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
