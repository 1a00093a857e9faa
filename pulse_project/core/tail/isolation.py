"""Keeps the fault of one listener away from the feed of all others."""

import logging
from types import TracebackType


class Isolated:
    """Context that logs an exception of foreign code and goes on; cancellation and exits pass."""

    __slots__ = ("_logger", "_sentence")

    def __init__(self, logger: logging.Logger, sentence: str) -> None:
        self._logger = logger
        self._sentence = sentence

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        self._logger.error(self._sentence, exc_info=error)
        return True
