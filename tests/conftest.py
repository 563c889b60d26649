"""What the tests share: waiting for a condition, never for a time."""

import gc
import itertools
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.real"]

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")  # a busy machine is no failure

TESTS = Path(__file__).parent
MIRRORS = [TESTS / name for name in ("run", "checks", "trainer")]  # of the trees whose coverage has a limit
WHOLE = [TESTS / f"e2e/test_{name}.py" for name in ("baseline", "commands", "guard", "guard_faults", "starter")]
DEADLINE_S = 60.0
_NUMBERS = itertools.count()


def pytest_configure(config: pytest.Config) -> None:
    """Stop the tracer that pytest-cov starts in a worker before it knows that it is one.

    It is traced twice over otherwise, and no test's `no_cover` stops more than one of the two.
    """
    tracing = config.pluginmanager.getplugin("_cov")
    if hasattr(config, "workerinput") and tracing and tracing.cov_controller:
        tracing.cov_controller.cov._warn_no_data = False
        tracing.cov_controller.cov.stop()


def pytest_collection() -> None:
    """Search for no garbage while tests and libraries are loaded: there is none."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Take 4,000 tests and the libraries out of what is searched for garbage again and again: they stay to the end."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Trace what mirrors the trees whose coverage has a limit, as long as it is quick; and guard and commands whole.

    To train and to draw under a tracer takes half as long again, and what lies below is reached by its own tests.
    """
    for item in items:
        mirrors = any(folder in MIRRORS for folder in item.path.parents) and not item.get_closest_marker("slow")
        if not mirrors and item.path not in WHOLE:
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
