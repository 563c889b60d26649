"""The models beside AMN, to compare it with: two recurrent ones and a transformer, which read a context in its order.

Each encodes a context (B, T, D) as states (B, T, W), where state t depends on the first t vectors alone, and computes
its prediction from the last one. None has dropout: two runs of one seed are alike.
"""

import math

import torch
from torch import Tensor, nn

from trainer.predictor import Predictor

WIDTH = 512
LSTM_LAYERS, GRU_BLOCKS, DECODER_LAYERS = 2, 4, 4
HEADS = 8
FEED_FORWARD = 4  # times the width
LONGEST_WAVE = 10_000.0


class CausalPredictor(Predictor):
    """Predicts from the last of the states that it encodes a context as: scale * output(state)."""

    output: nn.Module
    scale: float = 1.0

    def encode(self, x: Tensor) -> Tensor:
        """Return the state after each vector of `x` (B, T, D), (B, T, W)."""
        raise NotImplementedError

    def compute_raw(self, x: Tensor) -> Tensor:
        """Return the vector after `x` (B, T, D) at the length that the model gives it, (B, D)."""
        raw: Tensor = self.output(self.encode(x)[:, -1])
        return raw * self.scale


def scale_normalized(dim: int) -> float:
    """Return 1/sqrt(D), which brings predictions from states of coordinates near 1 to about unit length.

    Without it AdamW, which moves every weight by the learning rate, overshoots coordinates as small as 1/sqrt(D).
    """
    return 1.0 / math.sqrt(dim)


class LSTM(CausalPredictor):
    """Two LSTM layers and a projection; 5,120,768 parameters at D = 768."""

    def __init__(self, input_dim: int, width: int = WIDTH) -> None:
        """Build for vectors of length D = `input_dim` and states of length W = `width`."""
        super().__init__()
        self.recurrent = nn.LSTM(input_dim, width, LSTM_LAYERS, batch_first=True)
        self.output = nn.Linear(width, input_dim)

    def encode(self, x: Tensor) -> Tensor:
        """Return the upper layer's states, (B, T, W)."""
        states: Tensor = self.recurrent(x)[0]
        return states


class GRUBlock(nn.Module):
    """One GRU layer beside which its input is carried on: LayerNorm(x + GRU(x))."""

    def __init__(self, width: int) -> None:
        """Build for states of length W = `width`."""
        super().__init__()
        self.recurrent = nn.GRU(width, width, batch_first=True)
        self.norm = nn.LayerNorm(width)

    def forward(self, states: Tensor) -> Tensor:
        """Return new states for `states`, both (B, T, W)."""
        new: Tensor = self.norm(states + self.recurrent(states)[0])
        return new


class GRU(CausalPredictor):
    """A projection, four residual GRU blocks, a projection; 7,095,552 parameters at D = 768."""

    def __init__(self, input_dim: int, width: int = WIDTH) -> None:
        """Build for vectors of length D = `input_dim` and states of length W = `width`."""
        super().__init__()
        self.input = nn.Linear(input_dim, width)
        self.blocks = nn.Sequential(*(GRUBlock(width) for _ in range(GRU_BLOCKS)))
        self.output = nn.Linear(width, input_dim)
        self.scale = scale_normalized(input_dim)

    def encode(self, x: Tensor) -> Tensor:
        """Return the last block's states, (B, T, W)."""
        states: Tensor = self.blocks(self.input(x))
        return states


class Transformer(CausalPredictor):
    """A projection, four decoder layers over the context with the context as memory, a head; 17,867,520 at D = 768.

    Attention to the context and to the memory is causal both times: a state sees no later vector by either way.
    """

    def __init__(self, input_dim: int, width: int = WIDTH) -> None:
        """Build for vectors of length D = `input_dim` and states of length W = `width`, which the 8 heads divide."""
        super().__init__()
        if width % HEADS:
            raise ValueError(f"the width of a transformer must be a multiple of {HEADS}, found {width}")
        self.input = nn.Linear(input_dim, width)
        layers = (
            nn.TransformerDecoderLayer(width, HEADS, FEED_FORWARD * width, dropout=0.0, batch_first=True)
            for _ in range(DECODER_LAYERS)
        )
        self.layers = nn.ModuleList(layers)
        self.output = nn.Sequential(
            nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width), nn.Linear(width, input_dim)
        )
        self.scale = scale_normalized(input_dim)
        self.input_scale = math.sqrt(width)

    def encode(self, x: Tensor) -> Tensor:
        """Return the last layer's states, (B, T, W)."""
        projected = self.input(x) * self.input_scale
        memory = projected + make_positions(projected)
        later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).triu(1)
        states: Tensor = memory
        for layer in self.layers:
            states = layer(states, memory, tgt_mask=later, memory_mask=later, tgt_is_causal=True)
        return states


def make_positions(states: Tensor) -> Tensor:
    """Return what to add to `states` (B, T, W) so that their order shows, (T, W): sin and cos of t / 10000^(2i/W).

    Vaswani et al., Attention Is All You Need (2017), section 3.5, where inputs are scaled by sqrt(W) beside it.
    """
    (length, width), device = states.shape[1:], states.device
    rates: Tensor = LONGEST_WAVE ** (-torch.arange(0, width, 2, dtype=torch.float32, device=device) / width)
    angles = torch.arange(length, dtype=torch.float32, device=device)[:, None] * rates
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)
