"""Keys in the order in which they were typed, each for whom it is meant: who answers the one before may take the focus.

Textual gives a key to whoever has the focus when it comes. A program, or a slow connection, sends many at once: those
behind "/" would go to the log and do what they do there, before there is a field to type in.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from functools import partial

from textual import events
from textual.app import App
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget

from amn_tui.run.text import sanitize

ROUNDS = 3  # what a key comes to may be handed on twice: a field tells its prompt, the prompt tells the log
PATIENCE_S = 1.0  # nobody who does not answer for so long holds back what is typed
Place = tuple[Screen[object], Widget | None]


def make_safe(event: events.Key | events.Paste) -> events.Key | events.Paste:
    """Return what was typed as it is meant: pasted text draws nothing but itself, and ctrl+j is Enter.

    Enter that was pressed before the terminal was taken over arrives as a line feed, which is ctrl+j.
    """
    if isinstance(event, events.Paste):
        event.text = "\n".join(map(sanitize, event.text.splitlines()))
    elif event.key == "ctrl+j":
        return events.Key("enter", "\r")
    return event


class InOrderApp(App[None]):
    """Gives a key once the one before it has done what it does, dialogs that it opened included."""

    def __init__(self) -> None:
        """Begin with nothing typed."""
        super().__init__()
        self._typed: deque[events.Key | events.Paste] = deque()
        self._settled: Place | None = None  # where all is done that keys have begun
        self._walk = 0  # the number of the newest walk
        self._patience: asyncio.TimerHandle | None = None  # while a walk is under way

    async def on_event(self, event: events.Event) -> None:
        """Hold back what is typed until it is known for whom it is meant."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._typed.append(make_safe(event))
            if self._patience is None:
                await self._give()
        else:
            await super().on_event(event)

    def simulate_key(self, key: str) -> None:
        """Press a key for whoever was clicked; from the app, for what a parent sends goes no further than to it."""
        event = events.Key(key, None)
        event.set_sender(self)
        self.post_message(event)

    async def _give(self) -> None:
        """Give the next key if all is done where one is; find out when all is done again."""
        if self._typed and self._settled == self._find_place():
            await super().on_event(self._typed.popleft())
            self._begin_walk(self._find_place())
        elif self._typed:
            self._begin_walk(self._find_place())

    def _find_place(self) -> Place:
        return self.screen, self.focused

    def _begin_walk(self, place: Place, rounds: int = ROUNDS) -> None:
        """Go the way of a key, behind it: from who has the focus up to the app, some times."""
        self._end_walk()
        self._walk += 1
        arrive = partial(self.call_later, self._arrive, self._walk, place, 1)
        self._patience = asyncio.get_running_loop().call_later(PATIENCE_S, arrive)
        self._step(self._walk, place, rounds, (place[1] or place[0]).ancestors_with_self)

    def _end_walk(self) -> None:
        self._settled = None
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _step(self, walk: int, place: Place, rounds: int, nodes: Sequence[MessagePump]) -> None:
        for number, node in enumerate(nodes, 1):
            if node.call_later(self._step, walk, place, rounds, nodes[number:]):
                return  # else it has just been taken away
        self.call_later(self._arrive, walk, place, rounds)

    async def _arrive(self, walk: int, place: Place, rounds: int) -> None:
        """Give the next key if nobody else has the focus by now; else go the way from there."""
        if walk != self._walk:
            return
        if (now := self._find_place()) != place:
            self._begin_walk(now)
        elif rounds > 1:
            self._begin_walk(now, rounds - 1)
        else:
            self._end_walk()
            self._settled = place
            await self._give()
