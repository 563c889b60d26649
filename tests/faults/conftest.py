"""What the tests of faults share."""

from collections.abc import Callable

import pytest

from tests.faults.small_disk import mount_disk  # noqa: F401
from tests.trainer.conftest import make_table, run_training, tiny_config  # noqa: F401 (real training, within a second)


@pytest.fixture
def happened(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Return a function that says in a few words what happened, for the table of faults."""
    return lambda words: record_property("happened", words)
