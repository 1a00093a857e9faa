"""A bar on the terminal of a person who waits; nothing anywhere else."""

import time
from typing import Final, TextIO

WIDTH: Final = 30
EVERY_SECONDS: Final = 0.1
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")


class Progress:
    """Bytes done of bytes to do, their rate and the time that is left, on one line that is written over."""

    def __init__(self, stream: TextIO | None, total: int = 0) -> None:
        """`stream` None: silent."""
        self._stream = stream if stream is not None and stream.isatty() else None
        self._total = total
        self._done = self._read = 0
        self._begun = self._next = time.monotonic()

    def pass_over(self, size: int) -> None:
        """Bytes that are done without reading them."""
        self._done += size

    def advance(self, size: int) -> None:
        self._done += size
        self._read += size
        now = time.monotonic()
        if self._stream is not None and now >= self._next:
            self._next = now + EVERY_SECONDS
            self._stream.write(f"\r{self.line(now - self._begun)}\x1b[K")
            self._stream.flush()

    def line(self, seconds: float) -> str:
        """The bar as it stands after so many seconds."""
        total = max(self._total, self._done)
        share = self._done / total if total else 1.0
        rate = self._read / seconds if seconds > 0 else 0.0
        left = f", {_duration((total - self._done) / rate)} left" if rate else ""
        bar = "#" * int(share * WIDTH)
        return f"[{bar:<{WIDTH}}] {share:4.0%} {_size(self._done)} of {_size(total)}, {_size(rate)}/s{left}"

    def end(self) -> None:
        """Take the bar away."""
        if self._stream is not None:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def _size(count: float) -> str:
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    return f"{count:.1f} {_UNITS[unit]}" if unit else f"{count:.0f} B"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"
