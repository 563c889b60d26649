"""At once when something happens now and then, seldom when it never stops."""

from amn_tui.run.pace import BURST, STEADY_PER_S, UPDATE_S, Pace


def test_now_and_then_is_shown_at_once() -> None:
    pace = Pace()
    assert {pace.wait_s(float(second)) for second in range(1, 60)} == {UPDATE_S}


def test_a_stream_is_slowed_to_the_steady_rate_after_a_burst() -> None:
    pace, now, waits = Pace(), 100.0, []
    for _ in range(200):
        waits.append(pace.wait_s(now))
        now += waits[-1]
    assert waits[: int(BURST)] == [UPDATE_S] * int(BURST)
    assert 190 / (now - 100.0) < STEADY_PER_S * 1.3
    assert max(waits) == 1 / STEADY_PER_S


def test_the_steady_rate_is_the_caller_s_choice() -> None:
    pace, now, waits = Pace(5.0), 100.0, []
    for _ in range(50):
        waits.append(pace.wait_s(now))
        now += waits[-1]
    assert waits[-1] == 1 / 5.0
    assert pace.is_slowed
    pace.wait_s(now + 10)
    assert not pace.is_slowed


def test_after_a_rest_it_is_quick_again() -> None:
    pace, now = Pace(), 0.0
    for _ in range(100):
        now += pace.wait_s(now)
    assert pace.wait_s(now + 10) == UPDATE_S
