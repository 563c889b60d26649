import pytest
import torch
from torch.nn import functional as F

from trainer.losses import compute_info_nce
from trainer.memory import Memory

TAU, DIM, SIZE = 0.07, 6, 10
CPU = torch.device("cpu")


def draw(count: int, seed: int) -> torch.Tensor:
    return F.normalize(torch.randn(count, DIM, generator=torch.Generator().manual_seed(seed)), dim=1)


def test_the_last_ones_stay_whatever_the_sizes_of_the_batches() -> None:
    memory, pushed = Memory(SIZE, DIM, CPU), 0
    for seed, count in enumerate((3, 4, 4, 1, 10, 7, 25, 2)):
        memory.push(draw(count, seed), torch.arange(pushed, pushed + count))
        pushed += count
        kept = set(range(max(0, pushed - SIZE), pushed))
        assert set(memory.ids.tolist()) - {-1} == kept
    where = memory.ids.tolist().index(pushed - 1)
    assert torch.equal(memory.targets[where], draw(2, 7)[1])


def test_an_empty_slot_and_a_target_of_ones_own_are_no_negatives() -> None:
    memory = Memory(4, DIM, CPU)
    memory.push(draw(2, 0), torch.tensor([7, 8]))
    assert memory.find_strangers(torch.tensor([7, 9])).tolist() == [
        [False, True, False, False],
        [True, True, False, False],
    ]


@pytest.mark.parametrize("batches", [1, 2, 5])
def test_the_loss_is_that_of_the_reference_library(batches: int) -> None:
    """Outputs ask, targets are enqueued: pytorch-metric-learning's cross-batch memory around its NT-Xent loss."""
    from pytorch_metric_learning.losses import CrossBatchMemory, NTXentLoss  # a second to load

    reference = CrossBatchMemory(NTXentLoss(temperature=TAU), DIM, memory_size=SIZE + 4)
    memory = Memory(SIZE, DIM, CPU)
    for batch in range(batches):
        ids = torch.arange(4) + 4 * batch
        out, target = draw(4, 2 * batch), draw(4, 2 * batch + 1)
        mask = torch.tensor([False] * 4 + [True] * 4)
        expected = reference(torch.cat((out, target)), torch.cat((ids, ids)), enqueue_mask=mask)
        whole = compute_info_nce(out, target, TAU, (memory.targets, memory.find_strangers(ids)))
        backward = F.cross_entropy(target @ out.T / TAU, torch.arange(4))
        assert float(whole - backward) == pytest.approx(float(expected), rel=1e-5)
        memory.push(target, ids)


def test_a_memory_of_nothing_changes_nothing() -> None:
    out, target, memory = draw(5, 0), draw(5, 1), Memory(SIZE, DIM, CPU)
    found = compute_info_nce(out, target, TAU, (memory.targets, memory.find_strangers(torch.arange(5))))
    assert torch.allclose(found, compute_info_nce(out, target, TAU))


def test_it_goes_on_where_it_was() -> None:
    whole, other = Memory(SIZE, DIM, CPU), Memory(SIZE, DIM, CPU)
    whole.push(draw(7, 0), torch.arange(7))
    other.restore({name: value.clone() for name, value in whole.export().items()})
    for memory in (whole, other):
        memory.push(draw(6, 1), torch.arange(7, 13))
    assert torch.equal(whole.targets, other.targets)
    assert torch.equal(whole.ids, other.ids)
    with pytest.raises(RuntimeError):
        Memory(SIZE + 1, DIM, CPU).restore(whole.export())
