"""Cross-batch memory: targets of past batches as further negatives (XBM, Wang et al., CVPR 2020)."""

import torch
from torch import Tensor

EMPTY = -1  # the id of a slot that holds nothing yet


class Memory:
    """A ring of the last `size` unit targets with their ids; written in place, so that a step copies one batch only.

    Targets are data and not outputs of the model: unlike the embeddings of the paper they never grow stale.
    """

    def __init__(self, size: int, dim: int, device: torch.device) -> None:
        """Begin empty: targets (size, D) float32, ids (size,) int64."""
        self.targets = torch.zeros(size, dim, device=device)
        self.ids = torch.full((size,), EMPTY, dtype=torch.int64, device=device)
        self._next = 0

    def push(self, targets: Tensor, ids: Tensor) -> None:
        """Take in a batch, (B, D) unit and (B,) int64, in place of the oldest; not before the backward pass is done."""
        size = len(self.ids)
        targets, ids = targets[-size:], ids[-size:]
        head = min(len(ids), size - self._next)
        for ring, new in ((self.targets, targets), (self.ids, ids)):
            ring[self._next : self._next + head] = new[:head]
            ring[: len(ids) - head] = new[head:]
        self._next = (self._next + len(ids)) % size

    def find_strangers(self, ids: Tensor) -> Tensor:
        """Return which slots are negatives for which of the batch's ids (B,), (B, size) True: filled, and another's."""
        return (self.ids != EMPTY) & (self.ids != ids[:, None])

    def export(self) -> dict[str, Tensor]:
        """Return tensors from which `restore` goes on."""
        return {"targets": self.targets, "ids": self.ids, "next": torch.tensor(self._next)}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Go on from what `export` returned; raises KeyError or RuntimeError when it was of another size."""
        self.targets.copy_(tensors["targets"])
        self.ids.copy_(tensors["ids"])
        self._next = int(tensors["next"])
