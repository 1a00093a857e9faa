"""Bodies of producers: compressed ones, oversized ones, and what is too large only once it is unpacked."""

import gzip
import json
import zlib
from typing import Any

import pytest

from tests.telemetry.events import event
from tests.telemetry.senders import events

pytestmark = pytest.mark.django_db(transaction=True)
MIB = 1024 * 1024
GZIP = {"Content-Encoding": "gzip"}
PATHS = ("/v1/events", "/v1/events:batch")


def body_of(size: int) -> bytes:
    """An event of that many bytes, which does not compress to nothing."""
    frame = len(json.dumps(event(text="")))
    return json.dumps(event(text="".join(f"{number:x}" for number in range(size))[: size - frame])).encode()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("coding", ["gzip", "GZIP", " gzip "])
async def test_a_gzip_body_is_inflated(http: Any, path: str, coding: str) -> None:
    content = gzip.compress(json.dumps(event(n=1)).encode())
    answer = await http.post(path, content=content, headers={"Content-Encoding": coding})
    assert answer.status_code in {200, 202}
    assert (await events(http))[0]["payload"] == {"n": 1}


async def test_a_large_gzip_batch_is_inflated(http: Any) -> None:
    content = gzip.compress(json.dumps([event(n=number) for number in range(3000)]).encode())
    answer = await http.post("/v1/events:batch", content=content, headers=GZIP)
    assert answer.json()["accepted"] == 3000


@pytest.mark.parametrize("coding", ["identity", ""])
async def test_a_body_without_coding_is_taken_as_it_is(http: Any, coding: str) -> None:
    assert (await http.post("/v1/events", json=event(), headers={"Content-Encoding": coding})).status_code == 202


@pytest.mark.parametrize("coding", ["br", "deflate", "zstd", "gzip, gzip", "gzip,identity", "x-gzip", "nonsense"])
@pytest.mark.parametrize("path", PATHS)
async def test_any_other_coding_is_refused_with_those_that_are_read(http: Any, path: str, coding: str) -> None:
    answer = await http.post(path, content=gzip.compress(b"{}"), headers={"Content-Encoding": coding})
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "gzip, identity")


WHOLE = gzip.compress(json.dumps(event()).encode())
BROKEN = {
    "no gzip": b"{}",
    "nothing": b"",
    "cut in the middle": WHOLE[:-10],
    "cut in the header": WHOLE[:5],
    "wrong checksum": WHOLE[:-8] + b"\x00" * 8,
    "deflate": zlib.compress(b"{}"),
    "two members": WHOLE + WHOLE,
    "more behind it": WHOLE + b"x",
    "changed inside": WHOLE[:15] + b"\xff\xff\xff" + WHOLE[18:],
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("path", PATHS)
async def test_a_body_that_is_no_whole_gzip_is_refused(http: Any, path: str, name: str) -> None:
    answer = await http.post(path, content=BROKEN[name], headers=GZIP)
    assert (answer.status_code, answer.json()["stored"]) == (400, False)
    assert await events(http) == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("inflated", [17 * MIB, 512 * MIB])
async def test_a_bomb_is_not_unpacked(http: Any, path: str, inflated: int) -> None:
    packer = zlib.compressobj(9, wbits=31)
    content = b"".join(packer.compress(bytes(MIB)) for _ in range(inflated // MIB)) + packer.flush()
    answer = await http.post(path, content=content, headers=GZIP)
    assert (answer.status_code, answer.json()["code"]) == (413, "CONTENT_TOO_LARGE")


async def test_what_grows_more_than_a_hundredfold_is_refused_long_before_the_cap(http: Any) -> None:
    content = gzip.compress(json.dumps(event(text="x" * 3 * MIB)).encode(), 9)
    answer = await http.post("/v1/events:batch", content=content, headers=GZIP)
    assert len(content) * 100 < 3 * MIB
    assert answer.status_code == 413


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("told", [True, False], ids=["length told", "in chunks"])
async def test_a_body_above_sixteen_mebibytes_is_refused(http: Any, path: str, told: bool) -> None:
    async def chunks() -> Any:
        for _ in range(17):
            yield b" " * MIB

    answer = await http.post(path, content=b" " * (16 * MIB + 1) if told else chunks())
    assert (answer.status_code, "16777216 bytes" in answer.text) == (413, True)


async def test_an_event_of_a_mebibyte_is_stored(http: Any) -> None:
    assert (await http.post("/v1/events", content=body_of(MIB - 10))).status_code == 202


@pytest.mark.parametrize("letter", ["x", "é", "\\u00e9"])
async def test_an_event_above_a_mebibyte_is_too_large(http: Any, letter: str) -> None:
    text = letter * (MIB // len(json.loads(f'"{letter}"').encode()) + 1)
    content = f'{{"event_type":"a","version":1,"payload":{{"text":"{text}"}}}}'.encode()
    answer = await http.post("/v1/events", content=content)
    assert (answer.status_code, answer.json()) == (
        413,
        {"stored": False, "error": "event is larger than 1048576 bytes"},
    )


async def test_an_event_above_a_mebibyte_in_a_batch_costs_that_record_only(http: Any) -> None:
    answer = await http.post("/v1/events:batch", json=[event(n=1), event(text="x" * MIB), event(n=3)])
    assert answer.json()["accepted"] == 2
    assert answer.json()["errors"] == [{"index": 2, "error": "event is larger than 1048576 bytes"}]
