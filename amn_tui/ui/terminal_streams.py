"""What the terminal's driver reads from and writes to: an event beside the keys, and an output that cannot fail."""

import os
import threading
from contextlib import suppress
from typing import IO

READ_BYTES = 4096


class SelectableEvent(threading.Event):
    """An event that `select` can wait for: its `descriptor` can be read from as long as it is set."""

    def __init__(self) -> None:
        """Begin unset."""
        super().__init__()
        self.descriptor, self._ringing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def set(self) -> None:
        """Set it, and wake who waits."""
        if not self.is_set():
            os.write(self._ringing, b"\0")
        super().set()

    def clear(self) -> None:
        """Unset it."""
        if self.is_set():
            os.read(self.descriptor, READ_BYTES)
        super().clear()

    def close(self) -> None:
        """Let both ends go."""
        os.close(self.descriptor)
        os.close(self._ringing)


class LossyStream:
    """A text stream whose writes may be lost, as they are on a terminal that is gone, and never fail.

    With an error the thread that draws would end, and whoever hands it more to draw would wait for it for ever.
    """

    def __init__(self, stream: IO[str]) -> None:
        """Write to `stream`."""
        self._stream = stream

    def fileno(self) -> int:
        """Return the stream's descriptor."""
        return self._stream.fileno()

    def write(self, text: str) -> None:
        """Write, if that can be done."""
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        """Let it be seen, if that can be done."""
        with suppress(OSError):
            self._stream.flush()
