"""The bar of a drain, and tables for a terminal."""

import io

import pytest

from telemetry.drain.progress import Progress
from telemetry.tables import fields, json_text, table


class _Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_bar_says_share_bytes_rate_and_time_left():
    bar = Progress(None, 4_000_000)
    bar.pass_over(1_000_000)
    bar.advance(1_000_000)
    assert bar.line(2.0) == "[###############               ]  50% 2.0 MB of 4.0 MB, 500.0 kB/s, 4 s left"


def test_a_long_wait_is_told_in_minutes():
    bar = Progress(None, 1_000_000)
    bar.advance(1_000)
    assert bar.line(1.0).endswith("16 min 39 s left")


def test_a_bar_before_the_first_byte_needs_no_rate():
    assert Progress(None, 10).line(0.0).endswith("0% 0 B of 10 B, 0 B/s")


def test_a_file_that_grows_never_makes_more_than_all():
    bar = Progress(None, 10)
    bar.advance(50)
    assert "] 100% 50 B of 50 B" in bar.line(1.0)


def test_the_bar_goes_away_at_the_end():
    terminal = _Terminal()
    bar = Progress(terminal, 10)
    bar.advance(10)
    bar.end()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_nothing_is_drawn_on_what_is_no_terminal():
    stream = io.StringIO()
    bar = Progress(stream, 10)
    bar.advance(10)
    bar.end()
    assert stream.getvalue() == ""


def test_columns_are_aligned_and_numbers_stand_right():
    assert table(["name", "n"], [["a", 1], ["long name", 100], ["-", None]]) == (
        "name         n\na            1\nlong name  100\n-            -"
    )


def test_wide_letters_take_two_columns():
    assert table(["a", "b"], [["\u6f22\u5b57", "x"], ["abcd", "y"]]).splitlines()[1:] == ["\u6f22\u5b57  x", "abcd  y"]


@pytest.mark.parametrize(
    ("value", "cell"), [(None, "-"), (True, "yes"), (False, "no"), (0.5, "0.5"), ("a\nb", "a\\x0ab")]
)
def test_every_value_is_one_harmless_cell(value, cell):
    assert fields({"x": value}) == f"x  {cell}"


def test_payloads_keep_their_letters_and_lose_what_terminals_obey():
    assert json_text({"k": "b\u00e4r\u202e"}) == '{\n  "k": "b\u00e4r\\u202e"\n}'
