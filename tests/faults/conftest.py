"""What the tests of faults share; `pytest tests/faults --fault-table` prints every row and what happened."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from amn_tui.run.folder import RunFolder
from tests.faults.fault_table import FaultTable
from tests.faults.small_disk import mount_disk  # noqa: F401
from tests.faults.watched import follow as follow  # a fixture
from tests.real import Terminal
from tests.trainer.conftest import make_table, run_training, tiny_config  # noqa: F401 (real training, within a second)


@pytest.fixture
def happened(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Return a function that says in a few words what happened, for the table of faults."""
    return lambda words: record_property("happened", words)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Return an empty run folder."""
    path = tmp_path / "amn-790k-attempt-3"
    path.mkdir()
    return RunFolder(path)


@pytest.fixture
def tried(record_property: Callable[[str, object], None]) -> Callable[[int], None]:
    """Return a function that says how many generated cases a test tried, where `given` is within it."""
    return lambda count: record_property("tried", count)


@pytest.fixture
def open_program(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Return a function that starts any program on a terminal of its own, in tmp_path."""
    opened: list[Terminal] = []

    def start(*argv: str) -> Terminal:
        opened.append(Terminal(list(argv), tmp_path))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that prints the table."""
    parser.addoption("--fault-table", action="store_true", help="print every row of the catalogue and what happened")


def pytest_configure(config: pytest.Config) -> None:
    """Gather the table when it is asked for."""
    if config.getoption("--fault-table", default=False):
        config.pluginmanager.register(FaultTable(), "fault-table")
