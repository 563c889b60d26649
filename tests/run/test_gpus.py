"""NVIDIA GPUs as nvidia-ml-py tells of them: with a driver, without one, and with a card that falls silent."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from amn_tui.run.sample import find_gpus

pynvml = pytest.importorskip("pynvml", reason="nvidia-ml-py is not installed")


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> dict[int, tuple[int, int, int]]:
    """Stand in for a driver: percent, used and total bytes of every card; one that is left out has fallen silent."""
    known = {0: (87, 60 << 30, 139 << 30), 1: (0, 1 << 20, 139 << 30)}
    count = len(known)

    def ask(answer: Callable[[tuple[int, int, int]], object]) -> Callable[[int], object]:
        def get(handle: int) -> object:
            if handle not in known:
                raise pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)
            return answer(known[handle])

        return get

    monkeypatch.setattr(pynvml, "nvmlInit", lambda: None)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetCount", lambda: count)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetHandleByIndex", lambda number: number)
    monkeypatch.setattr(
        pynvml, "nvmlDeviceGetMemoryInfo", ask(lambda card: SimpleNamespace(used=card[1], total=card[2]))
    )
    monkeypatch.setattr(pynvml, "nvmlDeviceGetUtilizationRates", ask(lambda card: SimpleNamespace(gpu=card[0])))
    return known


def test_every_card_is_read_anew_each_time(cards: dict[int, tuple[int, int, int]]) -> None:
    read = find_gpus()
    assert read() == (
        {"percent": 87.0, "used_bytes": float(60 << 30), "total_bytes": float(139 << 30)},
        {"percent": 0.0, "used_bytes": float(1 << 20), "total_bytes": float(139 << 30)},
    )
    cards[0] = (3, 0, 139 << 30)
    assert read()[0] == {"percent": 3.0, "used_bytes": 0.0, "total_bytes": float(139 << 30)}


def test_a_card_that_is_lost_keeps_its_place(cards: dict[int, tuple[int, int, int]]) -> None:
    read = find_gpus()
    del cards[0]
    assert read() == ({}, {"percent": 0.0, "used_bytes": float(1 << 20), "total_bytes": float(139 << 30)})


def test_a_card_that_tells_its_memory_alone_is_shown_so_far(
    cards: dict[int, tuple[int, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_handle: int) -> None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)

    monkeypatch.setattr(pynvml, "nvmlDeviceGetUtilizationRates", refuse)
    assert find_gpus()() == tuple(
        {"used_bytes": float(used), "total_bytes": float(total)} for _, used, total in cards.values()
    )


def test_without_a_driver_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)

    monkeypatch.setattr(pynvml, "nvmlInit", fail)
    assert find_gpus()() == ()
