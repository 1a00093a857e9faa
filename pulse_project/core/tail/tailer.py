"""The task that reads what is new in the logs and hands it out row by row."""

import asyncio
import logging
import time
from collections.abc import Callable

from django.db import Error as DatabaseFault

from pulse_project.core import db, durability
from pulse_project.core.errors import Failure
from pulse_project.core.tail.cursors import Cursors
from pulse_project.core.tail.entries import LOG_NAMES, Entry, Letter, sources
from pulse_project.core.tail.isolation import Isolated
from pulse_project.core.tail.listeners import tell
from pulse_project.core.tail.pages import PAGE, heads, pages_after
from pulse_project.core.tail.ring import Ring

logger = logging.getLogger("pulse.hub")

YIELD_EVERY = 100  # rows between two looks at other tasks while a page is handed out
RETRY_SECONDS = 0.25


class Tail:
    """Positions and newest rows of every registered log. `hand_out` meets each durable row once, in log order."""

    def __init__(self, *, hand_out: Callable[[Entry], None], rewound: Callable[[Letter], None]) -> None:
        self.rings: dict[Letter, Ring] = {}
        self.ready = asyncio.Event()
        self.woken = asyncio.Event()
        self.forwarded = 0
        self._hand_out = hand_out
        self._rewound = rewound
        self._behind_since: float | None = None

    def positions(self) -> Cursors:
        return {letter: ring.position for letter, ring in self.rings.items()}

    def lag_seconds(self) -> float:
        """How long the oldest row that was read but not handed out has waited; 0 when there is none."""
        return time.monotonic() - self._behind_since if self._behind_since is not None else 0.0

    async def run(self) -> None:
        """Tail for ever: the store may be away, and a fault must not leave the process deaf."""
        while True:
            with Isolated(logger, "the tail of the logs stumbled and starts again"):
                try:
                    await self._follow()
                except (DatabaseFault, Failure) as fault:
                    logger.warning("the tail waits for the store: %s", fault)
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self) -> None:
        while True:
            if len(self.rings) < len(sources()):
                for letter, position in (await db.in_read(heads, set(self.rings))).items():
                    self.rings[letter] = Ring(position)
            self.ready.set()
            await self._drain()
            self._behind_since = None
            await self.woken.wait()
            self.woken.clear()

    async def _drain(self) -> None:
        """Hand out pages until the logs have no more."""
        is_full = True
        while is_full:
            pages = await db.in_read(pages_after, self.positions())
            is_full = any(len(page.rows) == PAGE or page.head is not None for page in pages)
            if self._behind_since is None and any(page.rows for page in pages):
                self._behind_since = time.monotonic()
            for page in pages:
                if page.head is not None:
                    self._rewind(page.letter, page.head)
                elif page.rows:
                    await durability.cover(LOG_NAMES[page.letter], page.rows[-1].seq)
                    await self._deal(page.rows)

    async def _deal(self, rows: list[Entry]) -> None:
        for number, entry in enumerate(rows, start=1):
            await tell(entry)
            self.rings[entry.log].push(entry)
            self._hand_out(entry)
            self.forwarded += 1
            if number % YIELD_EVERY == 0:
                await asyncio.sleep(0)

    def _rewind(self, letter: Letter, head: int) -> None:
        """The store went back (a restore, a lagging replica): go on where its log does and say so."""
        logger.warning("log %s went back in time and goes on from %d", letter, head)
        self.rings[letter] = Ring(head)
        self._rewound(letter)
