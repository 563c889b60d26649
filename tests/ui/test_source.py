"""The feed: the newest run reaches the screen, at the screen's pace, and none is lost."""

import threading
from types import ModuleType

from amn_tui.run.model import Run
from amn_tui.ui.source import Feed


def test_the_first_change_goes_out_at_once_and_later_ones_replace_each_other(ui: ModuleType) -> None:
    posted: list[Run] = []
    feed = Feed(Run("/x"), posted.append)
    feed.deliver(ui.epochs([0.5]))
    feed.deliver([ui.epoch(2, 0.51)])
    feed.deliver([ui.epoch(3, 0.52)])
    assert [len(run.curve.epochs) for run in posted] == [1]
    feed.release()
    assert [len(run.curve.epochs) for run in posted] == [1, 3]
    feed.release()
    feed.release()
    assert len(posted) == 2
    feed.deliver([ui.epoch(4, 0.53)])
    assert posted[-1] is feed.run


def test_that_there_is_nothing_is_posted_once_and_what_changes_nothing_is_not() -> None:
    posted: list[Run] = []
    feed = Feed(Run("/x"), posted.append)
    feed.release()
    assert posted == []
    assert not feed.has_told
    for _ in range(2):
        feed.deliver([])
        assert posted == [Run("/x")]
        assert feed.has_told
        feed.release()


def test_the_last_word_always_arrives_however_threads_interleave(ui: ModuleType) -> None:
    posted: list[Run] = []
    feed = Feed(Run("/x"), posted.append)
    done = threading.Event()

    def release() -> None:
        while not done.is_set():
            feed.release()

    releasing = threading.Thread(target=release)
    releasing.start()
    for number in range(1, 400):
        feed.deliver([ui.epoch(number, 0.5, total=400)])
    done.set()
    releasing.join()
    feed.release()
    assert posted[-1] is feed.run
    counts = [len(run.curve.epochs) for run in posted]
    assert counts == sorted(set(counts))
