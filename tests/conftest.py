"""What the tests share: waiting for a condition, never for a time."""

import gc
import itertools
import threading
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.real"]

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")  # a busy machine is no failure

DEADLINE_S = 60.0
_NUMBERS = itertools.count()


def pytest_collection_finish() -> None:
    """Take 4,000 tests and the libraries out of what is searched for garbage again and again: they stay to the end."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Trace of the slow tests only those of whole runs: guard and commands are reached by nothing else.

    To train and to draw under a tracer takes half as long again, and the quick tests reach what these do.
    """
    for item in items:
        if item.get_closest_marker("slow") and "e2e" not in item.path.parts:
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(autouse=True)
def _trace_no_children(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a test is not traced, what it starts is not, either."""
    if request.node.get_closest_marker("no_cover"):
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        monkeypatch.delenv("COVERAGE_PROCESS_START", raising=False)


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give every test a cache folder of its own: what preflight measured in one is not known in another."""
    folder = tmp_path_factory.getbasetemp() / "caches" / str(next(_NUMBERS))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))


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
