"""The model: AMN predicts the next vector as the mean of the context plus a learned correction."""

import math
from typing import Literal, overload

import torch
from torch import Tensor, nn
from torch.nn import functional as F

D_MODEL, HIDDEN_DIM = 256, 512


class AMN(nn.Module):
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
        query = self.query_encoder(mean)
        # q . (W x + b) = (W' q) . x + q . b: keys need not be computed position by position, which saves a fifth.
        encoder = self.context_encoder
        scores = torch.bmm(x, (query @ encoder.weight).unsqueeze(2)).squeeze(2) + (query @ encoder.bias).unsqueeze(1)
        mixed = torch.bmm((scores * self.scale).softmax(dim=-1).unsqueeze(1), x).squeeze(1)
        raw = mean + self.residual_net(torch.cat((mean, mixed), dim=-1))
        out = F.normalize(raw, dim=-1)
        return (raw, out) if return_raw else out


def create_model(model_type: str, input_dim: int = 768, d_model: int = D_MODEL, hidden_dim: int = HIDDEN_DIM) -> AMN:
    """Make a model by the name of its type; raises ValueError for a type that is not known."""
    if model_type != "amn":
        raise ValueError(f"model type {model_type!r} is not known, expected amn")
    return AMN(input_dim, d_model, hidden_dim)


def count_parameters(model: nn.Module) -> int:
    """Return how many numbers a model learns."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
