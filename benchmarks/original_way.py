"""Training as the original project did it, to compare with: the plain way, which is correct and not optimised.

The npz's windows lie in memory whole, every vector of the table T + 1 times; a DataLoader puts batches together sample
by sample; every context vector has its key computed; all four losses are computed whatever their weight; AdamW and
clipping are torch's defaults; every loss and the cosine are read from the device in every batch.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

LR, TAU, GRAD_CLIP, VARIANCE_TARGET = 0.00025, 0.07, 1.0, 1.0
LAMBDAS = {"mse": 1.0, "info": 0.0, "moment": 0.001, "variance": 0.001}
PRINT_EVERY = 100


class WindowFile(Dataset[tuple[Tensor, Tensor]]):
    """The windows of an npz as two float32 tensors, contexts (N, T, D) and targets (N, D)."""

    def __init__(self, path: Path) -> None:
        """Read both arrays whole."""
        with np.load(path, allow_pickle=False) as arrays:
            self._contexts = torch.from_numpy(arrays["context_sequences"]).float()
            self._targets = torch.from_numpy(arrays["target_vectors"]).float()

    def __len__(self) -> int:
        """Return N."""
        return len(self._targets)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Return one window: (T, D) and (D,)."""
        return self._contexts[index], self._targets[index]


class KeyedAMN(nn.Module):
    """The attention mixture network with a key for every context vector; the names of its parts are the trainer's."""

    def __init__(self, input_dim: int, d_model: int = 256, hidden_dim: int = 512) -> None:
        """Build for vectors of length `input_dim`."""
        super().__init__()
        self.context_encoder = nn.Linear(input_dim, d_model)
        self.query_encoder = nn.Linear(input_dim, d_model)
        self.residual_net = nn.Sequential(
            nn.Linear(input_dim * 2, hidden_dim), nn.GELU(), nn.LayerNorm(hidden_dim),
            nn.Linear(hidden_dim, hidden_dim // 2), nn.GELU(), nn.LayerNorm(hidden_dim // 2),
            nn.Linear(hidden_dim // 2, input_dim),
        )  # fmt: skip
        self._divisor = d_model**0.5

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the prediction after (B, T, D), raw and of unit length, each (B, D)."""
        baseline = x.mean(dim=1)
        keys, query = self.context_encoder(x), self.query_encoder(baseline)
        scores = torch.bmm(keys, query.unsqueeze(2)).squeeze(2) / self._divisor
        weights = F.softmax(scores, dim=1)
        mixed = torch.bmm(weights.unsqueeze(1), x).squeeze(1)
        raw = baseline + self.residual_net(torch.cat([baseline, mixed], dim=1))
        return raw, F.normalize(raw, dim=1)


def compute_losses(raw: Tensor, out: Tensor, target: Tensor) -> dict[str, Tensor]:
    """Return all four terms, unweighted: scalars of (B, D) each, `target` of unit length."""
    logits = F.normalize(out, dim=1) @ F.normalize(target, dim=1).t() / TAU
    labels = torch.arange(len(out), device=out.device)
    return {
        "mse": F.mse_loss(raw, target),
        "info": F.cross_entropy(logits, labels) + F.cross_entropy(logits.t(), labels),
        "moment": F.mse_loss(raw.mean(dim=0), target.mean(dim=0)) + F.mse_loss(raw.std(dim=0), target.std(dim=0)),
        "variance": F.relu(VARIANCE_TARGET - out.std(dim=0)).mean(),
    }


def train(path: Path, batch_size: int, device: torch.device, log: Path) -> Iterator[int]:
    """Train on an npz for ever; yields the windows of each step when it is done."""
    loader = DataLoader(WindowFile(path), batch_size=batch_size, shuffle=True, num_workers=0)
    model = KeyedAMN(next(iter(loader))[1].shape[1]).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LR, weight_decay=0.01)
    with log.open("w", encoding="utf-8") as file:
        for epoch in itertools.count(1):
            print(f"Epoch {epoch}", file=file)
            totals = dict.fromkeys((*LAMBDAS, "loss", "cosine"), 0.0)
            for number, (contexts, targets) in enumerate(loader, 1):
                measured = _step(model, optimizer, contexts.to(device), targets.to(device))
                for name, value in measured.items():
                    totals[name] += value
                if number % PRINT_EVERY == 0:
                    loss, mse, cosine = (measured[name] for name in ("loss", "mse", "cosine"))
                    print(f"  Batch {number}/{len(loader)} | Loss: {loss:.6f} | MSE: {mse:.6f} | Cosine: {cosine:.4f}",
                          file=file)  # fmt: skip
                yield len(targets)


def _step(model: KeyedAMN, optimizer: torch.optim.Optimizer, contexts: Tensor, targets: Tensor) -> dict[str, float]:
    targets = F.normalize(targets, dim=1)
    optimizer.zero_grad()
    raw, out = model(contexts)
    losses = compute_losses(raw, out, targets)
    loss = sum((LAMBDAS[name] * value for name, value in losses.items()), torch.zeros((), device=raw.device))
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), GRAD_CLIP)
    optimizer.step()
    with torch.no_grad():
        cosine = F.cosine_similarity(out, targets, dim=1).mean()
    return {name: value.item() for name, value in losses.items()} | {"loss": loss.item(), "cosine": cosine.item()}
