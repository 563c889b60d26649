"""A .npy of rows that is written from front to end before anybody knows how many there will be."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from checks.errors import InputError


class VectorFile:
    """Appends rows (B, D) to a .npy; its header is written again when their number is known."""

    def __init__(self, path: Path, dim: int, dtype: np.dtype[Any]) -> None:
        """Begin the file with the header of no rows."""
        self.rows = 0
        self._dim, self._dtype = dim, dtype
        self._stream = path.open("xb")
        self._write_header()
        self._start = self._stream.tell()

    def append(self, rows: NDArray[Any]) -> None:
        """Write rows (B, D); raises InputError for a number that the dtype cannot hold."""
        try:
            with np.errstate(over="raise"):
                cast = np.ascontiguousarray(rows, dtype=self._dtype)
        except FloatingPointError as error:
            most = float(np.finfo(self._dtype).max)
            found = f"a number beyond {most:g} among rows {self.rows} to {self.rows + len(rows)}"
            raise InputError("--dtype", "", found, f"another dtype than {self._dtype}") from error
        self._stream.write(cast.data)
        self.rows += len(rows)

    def __enter__(self) -> Self:
        """Write to it in a with statement."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the header and close the file."""
        with self._stream:
            if kind is None:
                self._stream.seek(0)
                self._write_header()
                if self._stream.tell() != self._start:
                    raise RuntimeError("the header of a .npy grew over its first row")

    def _write_header(self) -> None:
        descr = np.lib.format.dtype_to_descr(self._dtype)
        shape = (self.rows, self._dim)  # numpy leaves room for the first number to grow to 21 digits
        np.lib.format.write_array_header_1_0(self._stream, {"descr": descr, "fortran_order": False, "shape": shape})
