"""The processes that train together: one alone, or those that torchrun started, each with its own part of the data."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from checks.errors import InputError

CPU = torch.device("cpu")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
ASKERS = ("SIGTERM", "SIGINT", "control.jsonl")  # who may ask to stop; a number can be agreed upon, a name cannot


@dataclass(frozen=True, slots=True)
class Group:
    """Who this process is among `world` processes; every method but `share` is called by all of them at one time."""

    rank: int = 0
    world: int = 1
    device: torch.device = CPU

    @property
    def leads(self) -> bool:
        """Tell whether this process is the one that writes."""
        return self.rank == 0

    def spread(self, module: nn.Module) -> nn.Module:
        """Return the module such that its gradients become the mean over the processes."""
        if self.world == 1:
            return module
        ids = [self.device.index] if self.device.type == "cuda" else None
        return DistributedDataParallel(module, ids, gradient_as_bucket_view=True)

    def sum(self, values: Tensor) -> Tensor:
        """Return the values summed over the processes, in place."""
        if self.world > 1:
            dist.all_reduce(values)
        return values

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean of the values over the processes, in place."""
        return self.sum(values).div_(self.world) if self.world > 1 else values

    def gather(self, rows: Tensor) -> Tensor:
        """Return the rows (B, ...) of all processes, (world * B, ...)."""
        if self.world == 1:
            return rows
        parts = [torch.empty_like(rows) for _ in range(self.world)]
        dist.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    def agree(self, by: str | None) -> str | None:
        """Return who asked any of the processes to stop, so that all stop at the same step."""
        if self.world == 1:
            return by
        asked = torch.tensor(0 if by is None else 1 + ASKERS.index(by), device=self.device)
        dist.all_reduce(asked, dist.ReduceOp.MAX)
        number = int(asked)
        return ASKERS[number - 1] if number else None

    def wait(self) -> None:
        """Wait until every process has come here."""
        if self.world > 1:
            dist.barrier()


ALONE = Group()


def count_processes(environment: Mapping[str, str] = os.environ) -> int:
    """Return how many processes train together, 1 without torchrun."""
    return int(environment.get("WORLD_SIZE", "1"))


def join_group(device: torch.device, environment: Mapping[str, str] = os.environ) -> Group:
    """Meet the other processes that torchrun started: by nccl on cuda, else by gloo; alone without torchrun.

    Raises InputError for more processes on this machine than it has cuda devices.
    """
    if count_processes(environment) == 1:
        return Group(device=device)
    local = int(environment.get("LOCAL_RANK", "0"))
    if device.type == "cuda":
        if local >= torch.cuda.device_count():
            raise InputError("torchrun", "--nproc-per-node", local + 1, f"at most {torch.cuda.device_count()} on cuda")
        device = torch.device("cuda", local)
        torch.cuda.set_device(device)
    if environment.get("MASTER_ADDR") in LOOPBACK:  # gloo would listen where the machine's name points
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return Group(dist.get_rank(), dist.get_world_size(), device)


def leave_group() -> None:
    """Part from the other processes, if there are any."""
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()
