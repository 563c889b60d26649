"""What every model is: T vectors in, the vector after them out, as computed and brought to unit length."""

from typing import Literal, overload

from torch import Tensor, nn
from torch.nn import functional as F


class Predictor(nn.Module):
    """Predicts the next vector: (B, T, D) -> (B, D) of unit length, for any T from 1 on."""

    def compute_raw(self, x: Tensor) -> Tensor:
        """Return the vector after `x` (B, T, D) at the length that the model gives it, (B, D)."""
        raise NotImplementedError

    @overload
    def forward(self, x: Tensor, return_raw: Literal[False] = False) -> Tensor: ...
    @overload
    def forward(self, x: Tensor, return_raw: Literal[True]) -> tuple[Tensor, Tensor]: ...
    def forward(self, x: Tensor, return_raw: bool = False) -> Tensor | tuple[Tensor, Tensor]:
        """Predict the vector after `x` (B, T, D); with `return_raw` also before it is brought to unit length."""
        raw = self.compute_raw(x)
        out = F.normalize(raw, dim=-1)
        return (raw, out) if return_raw else out
