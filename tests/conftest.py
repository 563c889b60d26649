"""What the tests share: waiting for a condition, never for a time."""

import threading
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.real"]

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")  # a busy machine is no failure

DEADLINE_S = 60.0


@pytest.fixture
def wait_until() -> Callable[[Callable[[], object]], None]:
    """Return a function that waits until a condition holds, and fails when it never does."""

    def wait(condition: Callable[[], object]) -> None:
        tick = threading.Event()
        for _ in range(int(DEADLINE_S / 0.01)):
            if condition():
                return
            tick.wait(0.01)
        raise AssertionError(f"never came true: {condition}")

    return wait
