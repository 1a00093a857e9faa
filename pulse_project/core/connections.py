"""Open websockets, streams and waits by caller: a key that dies ends them, rights that change reach them.

A look again costs one query for all connections of an event loop, however many there are.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from pulse_project.core import conf, db
from pulse_project.core.principals import Caller, Kind

Close = Callable[[], None]
Changed = Callable[[Caller], None]
LOOK_AGAIN_SECONDS = 1.0


@dataclass(eq=False, slots=True)
class Connection:
    caller: Caller
    close: Close
    changed: Changed | None = None
    is_told_always: bool = False


@dataclass(eq=False)
class _Loop:
    """The connections of one event loop."""

    open: set[Connection] = field(default_factory=set)
    look: asyncio.Task[None] | None = None
    is_asked_again: bool = False
    is_after_change: bool = False
    timer: asyncio.TimerHandle | None = None


class Connections:
    """Registry of what stays open after its caller was identified."""

    def __init__(self) -> None:
        self._loops: dict[asyncio.AbstractEventLoop, _Loop] = {}
        conf.on_change(lambda _: self.recheck())

    def attach(
        self, caller: Caller, close: Close, changed: Changed | None = None, *, always: bool = False
    ) -> Callable[[], None]:
        """Call `close` once when the caller is no longer valid, `changed` with its new rights; both on this event loop.

        `always`: `changed` is also called when identities changed and these flags did not, since rights on single
        boards are no flags of the caller. Answers the function that detaches the connection.
        """
        loop = asyncio.get_running_loop()
        state = self._loops.get(loop)
        if state is None:
            self._drop_closed_loops()
            state = self._loops[loop] = _Loop()
        connection = Connection(caller, close, changed, always)
        state.open.add(connection)
        if caller.kind is not Kind.LOCAL and state.timer is None:
            state.timer = loop.call_later(LOOK_AGAIN_SECONDS, self._look_in, loop, state)
        return lambda: state.open.discard(connection)

    def recheck(self) -> None:
        """Look at every open connection again. Any thread."""
        for loop, state in list(self._loops.items()):
            if state.open and not loop.is_closed():
                loop.call_soon_threadsafe(self._look_after_change, loop, state)

    def end(self, match: Callable[[Caller], bool]) -> None:
        """Close every connection whose caller matches. Any thread."""
        for loop, state in list(self._loops.items()):
            if not loop.is_closed():
                loop.call_soon_threadsafe(_end, state, match)

    def count(self) -> int:
        return sum(len(state.open) for state in self._loops.values())

    def _drop_closed_loops(self) -> None:
        for loop in [loop for loop in self._loops if loop.is_closed()]:
            del self._loops[loop]

    def _look_in(self, loop: asyncio.AbstractEventLoop, state: _Loop) -> None:
        """Once a second: keys that expire and sessions that end announce nothing."""
        state.timer = None
        watched = [one for one in state.open if one.caller.kind is not Kind.LOCAL]
        if watched:
            self._start_look(loop, state)
            state.timer = loop.call_later(LOOK_AGAIN_SECONDS, self._look_in, loop, state)

    def _look_after_change(self, loop: asyncio.AbstractEventLoop, state: _Loop) -> None:
        state.is_after_change = True
        self._start_look(loop, state)

    def _start_look(self, loop: asyncio.AbstractEventLoop, state: _Loop) -> None:
        if state.look is not None and not state.look.done():
            state.is_asked_again = True
            return
        state.look = loop.create_task(self._look(state))

    async def _look(self, state: _Loop) -> None:
        while True:
            state.is_asked_again = False
            is_after_change, state.is_after_change = state.is_after_change, False
            looked_at = list(state.open)
            valid = await db.in_read(_valid_callers, [one.caller for one in looked_at])
            for connection, caller in zip(looked_at, valid, strict=True):
                if connection in state.open:
                    _tell(state, connection, caller, is_forced=is_after_change and connection.is_told_always)
            if not state.is_asked_again:
                return


def _end(state: _Loop, match: Callable[[Caller], bool]) -> None:
    for connection in [one for one in state.open if match(one.caller)]:
        _tell(state, connection, None)


def _tell(state: _Loop, connection: Connection, caller: Caller | None, *, is_forced: bool = False) -> None:
    if caller is None:
        state.open.discard(connection)
        connection.close()
    elif connection.changed is not None and (is_forced or caller.flags != connection.caller.flags):
        connection.caller = caller
        connection.changed(caller)


def _valid_callers(callers: list[Caller]) -> list[Caller | None]:
    """What each caller is now, None where it is nobody any more."""
    from pulse_project.core import auth, browser_sessions

    by_key = auth.callers_of_keys({one.key_pk for one in callers if one.key_pk})
    by_user = browser_sessions.callers_of_users({one.user_pk for one in callers if one.user_pk})

    def now(caller: Caller) -> Caller | None:
        if caller.key_pk:
            return by_key.get(caller.key_pk)
        if caller.kind is Kind.USER and caller.user_pk:
            return by_user.get(caller.user_pk)
        if caller.kind is Kind.LOCAL and caller.auth == "loopback":
            return auth.local_operator()
        return caller

    return [now(caller) for caller in callers]
