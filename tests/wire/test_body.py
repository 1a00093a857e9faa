"""The one JSON parser: what it takes, what it refuses, and with which reason."""

import json
from typing import Any

import pytest

from pulse_project.core import body
from pulse_project.core.errors import Code, Failure


@pytest.mark.parametrize("value", [{"a": [1, 2.5, None, True, "é\u2028"]}, [], "text", 0, -(10**19), {"a": {"a": {}}}])
def test_a_sound_value_comes_back_as_it_went(value: Any) -> None:
    assert body.loads(json.dumps(value).encode()) == value
    assert body.loads(json.dumps(value, ensure_ascii=False)) == value


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"{x", "syntax"),
        (b"", "syntax"),
        (b'"\t"', "syntax"),
        (b'"\xff"', "encoding"),
        (b"\xff\xfe[\x00]\x00", "encoding"),
        (b'{"a":1,"a":2}', "duplicate_key"),
        (b"123456789012345678901", "number"),
        (b"-123456789012345678901", "number"),
        (b"1e999", "number"),
        (b"NaN", "number"),
        (b"[-Infinity]", "number"),
        (b"[" * 65 + b"]" * 65, "depth"),
        (b"[" * 100_000 + b"]" * 100_000, "depth"),
        (b'{"a":"\\u0000"}', "nul"),
        (b'{"\\u0000":1}', "nul"),
        (b'["\\ud800"]', "surrogate"),
        (b'{"a":{"\\udfff":1}}', "surrogate"),
    ],
)
def test_an_unsound_value_is_refused_with_its_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(body.Malformed) as refused:
        body.loads(raw)
    assert refused.value.details["reason"] == reason
    assert refused.value.code is Code.VALIDATION_ERROR


@pytest.mark.parametrize(
    "raw",
    [b"[" * 64 + b"]" * 64, b"12345678901234567890", b'"\\\\u0000"', b'"\\ud83d\\ude00"', b'"' + b"[" * 100 + b'"'],
)
def test_values_at_the_bounds_are_taken(raw: bytes) -> None:
    assert body.loads(raw) == json.loads(raw)


def test_many_brackets_on_few_levels_are_no_depth() -> None:
    assert len(body.loads(b"[" + b",".join([b"[]"] * 1000) + b"]")) == 1000


def test_a_body_above_the_bound_is_too_large() -> None:
    with pytest.raises(Failure) as refused:
        body.loads(b'"' + b"x" * 100 + b'"', max_bytes=101)
    assert refused.value.code is Code.CONTENT_TOO_LARGE
    assert refused.value.details == {"max_bytes": 101}


def test_a_refused_value_can_still_be_read_for_its_id() -> None:
    assert body.salvage(b'{"id":7,"n":1234567890123456789012,"s":"\\u0000"}') == {"id": 7, "n": None, "s": "\x00"}
    assert body.salvage(b"[" * 100_000) is None
