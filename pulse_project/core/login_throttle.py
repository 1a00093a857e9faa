"""How often a password may be tried: five failures of one user name from one peer, then a delay that doubles."""

import time
from collections import OrderedDict

from pulse_project.core.ratelimit import Buckets

FREE_FAILURES = 5
FIRST_DELAY = 2.0
LONGEST_DELAY = 900.0
FORGOTTEN_AFTER = 3600.0
MAX_ENTRIES = 10_000
ATTEMPTS_PER_MINUTE = 30

attempts = Buckets()
_failures: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()


def delay(username: str, peer: str) -> float:
    """Seconds until this peer may try this user name, 0.0 = now. Trying many names is limited as well."""
    return max(_delay_of_name(username, peer), attempts.take(peer, ATTEMPTS_PER_MINUTE))


def _delay_of_name(username: str, peer: str) -> float:
    count, last = _failures.get((username.casefold(), peer), (0, 0.0))
    if count < FREE_FAILURES:
        return 0.0
    wait = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** (count - FREE_FAILURES))
    return max(0.0, last + wait - time.monotonic())


def failed(username: str, peer: str) -> None:
    """Count a failure. Another peer is not affected, so nobody can be locked out from elsewhere."""
    key = (username.casefold(), peer)
    now = time.monotonic()
    count, last = _failures.pop(key, (0, now))
    _failures[key] = (1 if now - last > FORGOTTEN_AFTER else count + 1, now)
    if len(_failures) > MAX_ENTRIES:
        _failures.popitem(last=False)


def succeeded(username: str, peer: str) -> None:
    _failures.pop((username.casefold(), peer), None)


def forget() -> None:
    _failures.clear()
    attempts.forget()
