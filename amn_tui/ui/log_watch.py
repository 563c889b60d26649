"""One thread that keeps the index of the log up to date: woken by the source, else by the clock."""

import threading
import time
from collections.abc import Callable

from amn_tui.run.pace import Pace
from amn_tui.ui.log_file import LogFile
from amn_tui.ui.log_index import LogIndex

LOOK_S = 1.0  # a file that no event tells of is looked at this often


class LogWatch:
    """Indexes a log file in a thread and hands on every new index, at most 15 a second."""

    def __init__(
        self,
        log: LogFile,
        tell: Callable[[LogIndex], None],
        *,
        look_s: float = LOOK_S,
        may_look_back: Callable[[], bool] = lambda: True,
    ) -> None:
        """Prepare; `tell` is called from the thread, `may_look_back` says whether the head may be indexed yet."""
        self._may_look_back = may_look_back
        self._log, self._tell, self._look_s = log, tell, look_s
        self.told: LogIndex | None = None  # the newest index that was handed on
        self._pace = Pace()
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="amn-tui-log", daemon=True)

    def start(self) -> None:
        """Begin with the tail, then the rest, then whatever comes."""
        self._thread.start()

    def wake(self) -> None:
        """Say that the log may have grown; from any thread."""
        self._woken.set()

    def stop(self) -> None:
        """End the thread and close the file."""
        self._stopping.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self._log.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._look()
            self._stopping.wait(self._pace.wait_s(time.monotonic()))
            self._woken.wait(self._look_s)
            self._woken.clear()

    def _look(self) -> None:
        """Index what is new; a log that is not there, or not yet, is no fault: the pane says so."""
        try:
            if self._log.refresh():
                self._hand_on()
            if self._may_look_back() and self._log.index_head():
                self._hand_on()
        except OSError:
            return

    def _hand_on(self) -> None:
        self.told = self._log.index
        self._tell(self.told)
