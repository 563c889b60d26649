"""Memory that is freed goes back to the system at once."""

import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h
LARGE_BYTES = 128 * 1024  # what glibc begins with


def fix_thresholds() -> None:
    """Let large blocks have pages of their own for good; does nothing where the C library is not glibc.

    glibc raises its threshold to the largest such block that was ever freed. After the first chunk of a log, of
    megabytes, the next ones would come from the heap, and what lives longer than they do would keep it from shrinking.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        mallopt(M_TRIM_THRESHOLD, LARGE_BYTES)
