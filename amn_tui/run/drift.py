"""Drift: where the configuration that the trainer says it runs with is not the planned one."""

from collections.abc import Mapping
from typing import Any

from trainer.flags import write_value

CHOSEN_BY_TRAINER = "auto"


def list_drift(planned: Mapping[str, Any], executed: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return (key, planned, executed) where they differ; what the log does not say is not held against it."""
    wanted = {key: write_value(tuple(value) if isinstance(value, list) else value) for key, value in planned.items()}
    return [
        (key, value, executed[key])
        for key, value in wanted.items()
        if key in executed and value != CHOSEN_BY_TRAINER and not _are_same(value, executed[key])
    ]


def count_drift(planned: Mapping[str, Any], executed: Mapping[str, str]) -> int:
    """Return how many planned values the trainer runs without."""
    return len(list_drift(planned, executed))


def say_drift(planned: Mapping[str, Any], executed: Mapping[str, str]) -> str:
    """Say every difference in words."""
    return "; ".join(f"{key} is {found}, planned {wanted}" for key, wanted, found in list_drift(planned, executed))


def _are_same(planned: str, executed: str) -> bool:
    try:
        return float(planned) == float(executed)
    except ValueError:
        return planned == executed
