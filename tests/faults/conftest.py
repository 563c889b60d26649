"""What the tests of faults share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from amn_tui.run.folder import RunFolder
from tests.faults.watched import follow as follow  # a fixture


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
