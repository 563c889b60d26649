import threading
from collections.abc import Callable

import pytest

from checks.lanes import run_jobs
from checks.registry import Bottleneck

MEMORY, PROCESSOR = Bottleneck.MEMORY, Bottleneck.PROCESSOR


@pytest.mark.parametrize("cores", [1, 2, 3, 20])
def test_every_job_is_done_once_on_no_more_threads_than_cores(cores: int) -> None:
    done: list[int] = []
    threads: set[int] = set()

    def work(number: int) -> None:
        threads.add(threading.get_ident())
        done.append(number)

    kinds = [MEMORY, PROCESSOR, PROCESSOR, MEMORY, PROCESSOR, MEMORY]
    run_jobs([(kind, lambda i=i: work(i)) for i, kind in enumerate(kinds)], cores)  # type: ignore[misc]
    assert sorted(done) == list(range(6))
    assert len(threads) <= min(cores, 4)
    if cores == 1:
        assert done == list(range(6))
        assert threads == {threading.get_ident()}
    read = [number for number in done if kinds[number] is MEMORY]
    assert read == [0, 3, 5]  # in turn


def test_one_reads_while_the_others_compute() -> None:
    barrier = threading.Barrier(3)
    reading: list[int] = []

    def read() -> None:
        reading.append(1)
        assert len(reading) == 1
        barrier.wait(timeout=30)
        reading.clear()

    def compute() -> None:
        barrier.wait(timeout=30)

    # Two rounds of three that meet: one that reads, two that compute.
    run_jobs([(MEMORY, read), (MEMORY, read), *[(PROCESSOR, compute)] * 4], 3)


def test_who_has_read_everything_helps_to_compute() -> None:
    barrier = threading.Barrier(2)

    def compute() -> None:
        barrier.wait(timeout=30)

    run_jobs([(PROCESSOR, compute), (PROCESSOR, compute), (MEMORY, lambda: None)], 2)


@pytest.mark.parametrize("cores", [1, 2])
def test_after_an_error_no_other_job_begins(cores: int) -> None:
    begun: list[int] = []
    failed = threading.Event()

    def fail() -> None:
        failed.set()
        raise OSError("the disk is full")

    def wait(number: int) -> Callable[[], None]:
        def job() -> None:
            begun.append(number)
            failed.wait(timeout=30)

        return job

    jobs = [(MEMORY, fail), *((PROCESSOR, wait(number)) for number in range(50))]
    with pytest.raises(OSError, match="the disk is full"):
        run_jobs(jobs, cores)
    assert len(begun) <= 2
