import io

from trainer.build.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def tell(stream: io.StringIO, *steps: tuple[float, int], total: int = 1000, begun: int = 0) -> str:
    """Show each (time, done) and return what was written."""
    times = iter([0.0, *(time for time, _ in steps)])
    progress = Progress(total, begun, "chunks", stream, lambda: next(times))
    for _, done in steps:
        progress.show(done)
    return stream.getvalue()


def test_a_terminal_has_one_line_that_changes() -> None:
    text = tell(Terminal(), (0, 0), (10, 500), (20, 1000))
    first, second, third = text.split("\r")[1:]
    assert first == f"[{'-' * 30}]   0%  0/1,000 chunks\x1b[K"
    assert second == f"[{'#' * 15}{'-' * 15}]  50%  500/1,000 chunks  50.0/s  10 s left\x1b[K"
    assert third == f"[{'#' * 30}] 100%  1,000/1,000 chunks  50.0/s  0 s left\x1b[K\n"


def test_elsewhere_a_line_now_and_then_and_one_at_the_end() -> None:
    lines = tell(io.StringIO(), (0, 0), (10, 10), (29, 20), (31, 30), (40, 40), (50, 1000)).splitlines()
    assert [line.split()[-6:-5] for line in lines] == [["30/1,000"], ["1,000/1,000"]]


def test_what_an_earlier_process_did_does_not_count_for_speed() -> None:
    assert "5.0/s  2 min left" in tell(Terminal(), (20, 500), begun=400)
    assert "1.0/s  2 h 30 min left" in tell(Terminal(), (1000, 1000), total=10000)


def test_nothing_to_do_is_done() -> None:
    assert "100%  0/0" in tell(io.StringIO(), (0, 0), total=0)
