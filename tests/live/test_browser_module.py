"""The browser's half of the live feed: what can be said of it without a browser."""

import re
from pathlib import Path

from pulse_project.core import consumers

MODULE = Path(__file__).parents[2] / "static" / "app" / "live.js"
TEXT = MODULE.read_text(encoding="utf-8")


def test_the_module_is_small_and_needs_nothing() -> None:
    assert len(TEXT.encode()) <= 15 * 1024
    assert "import" not in re.findall(r"^\s*(\w+)", TEXT, re.MULTILINE)


def test_the_module_works_under_a_strict_policy() -> None:
    assert not re.search(r"eval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|setAttribute\(\"(style|on)", TEXT)


def test_the_module_waits_for_two_pings_before_it_calls_the_line_dead() -> None:
    silence = re.search(r"SILENCE_MS = (\d+)", TEXT)
    assert silence is not None
    assert int(silence[1]) >= 2 * consumers.PING_SECONDS * 1000


def test_the_module_knows_the_final_close_codes() -> None:
    final = re.search(r"FINAL = \{(.*)\}", TEXT)
    assert final is not None
    assert set(re.findall(r"\d{4}", final[1])) == {str(consumers.NOT_LOGGED_IN), str(consumers.FORBIDDEN)}
