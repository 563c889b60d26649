"""The plugin that gathers what the tests of every row of the catalogue saw, and prints it as a table."""

import shutil
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

import pytest

from tests.faults.catalogue import Outcome, Seen, judge, read_catalogue, summarise, write_table

LONGEST_MESSAGE = 300


class FaultTable:
    """Gathers what the tests of every row saw."""

    def __init__(self) -> None:
        """Start with an empty table."""
        self.faults = read_catalogue()
        self.rows: dict[str, set[int]] = {}
        self.seen: dict[int, list[Seen]] = defaultdict(list)
        self.cases = 0

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Remember the rows of every test, and count the cases that generated tests try."""
        for item in items:
            self.rows[item.nodeid] = {mark.args[0] for mark in item.iter_markers("fault")}
            generated = getattr(getattr(item, "obj", None), "hypothesis", None)
            if generated and not hasattr(generated.inner_test, "counted"):
                generated.inner_test = self._count(generated.inner_test)

    def _count(self, test: Callable[..., Any]) -> Callable[..., Any]:
        if iscoroutinefunction(test):  # pytest-asyncio wraps these itself
            return test

        @wraps(test)
        def counted(*arguments: Any, **options: Any) -> Any:
            self.cases += 1
            return test(*arguments, **options)

        counted.counted = True  # type: ignore[attr-defined]
        return counted

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in what one test saw: the call itself, or a set-up that skipped or failed."""
        if report.when != "call" and report.passed:
            return
        self.cases += sum(int(str(value)) for name, value in report.user_properties if name == "tried")
        for row in self.rows[report.nodeid]:
            self.seen[row].append(_read_report(report))

    def is_whole(self) -> bool:
        """Tell whether every row has a test and none fails."""
        return all(judge(self.seen[fault.row]) in (Outcome.HOLDS, Outcome.SKIPPED) for fault in self.faults)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail when a row fails or has no test."""
        if session.exitstatus == pytest.ExitCode.OK and not self.is_whole():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table."""
        columns = shutil.get_terminal_size((160, 40)).columns
        for line in write_table(self.faults, self.seen, columns):
            terminalreporter.write_line(line)
        terminalreporter.write_line("")
        terminalreporter.write_line(summarise(self.faults, self.seen, self.cases))


def _read_report(report: pytest.TestReport) -> Seen:
    if report.skipped:
        reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else report.longreprtext
        return Seen(Outcome.SKIPPED, (reason.removeprefix("Skipped: "),))
    words = tuple(str(value) for name, value in report.user_properties if name == "happened")
    if report.passed:
        return Seen(Outcome.HOLDS, words)
    crash = getattr(report.longrepr, "reprcrash", None)
    message = (crash.message if crash else report.longreprtext).splitlines() or ["failed"]
    return Seen(Outcome.FAILS, (message[0][:LONGEST_MESSAGE],))
