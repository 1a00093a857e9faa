"""Files over HTTP, through the whole application: forms in, bytes out, and what a browser may do with them."""

import base64
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tests.boards.making import make_board, make_card, make_spec
from tests.boards.serving import local_client
from tests.door.visits import scope_of, visit

MIB = 1024 * 1024
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


@pytest.fixture
def bound() -> Iterator[None]:
    """A server that listens on loopback."""
    from pulse_project.core import binding

    binding.publish(binding.Binding(hosts=("127.0.0.1",), port=8100))
    yield
    binding.publish(binding.Binding())


@pytest.fixture
async def http(transactional_db: None) -> AsyncIterator[httpx.AsyncClient]:
    async with local_client() as client:
        yield client


def _make_card() -> Any:
    return make_card(make_spec(make_board()))


@pytest.fixture
async def address(http: httpx.AsyncClient) -> str:
    """The files of a new card."""
    from pulse_project.core import db

    card = await db.in_write(_make_card)
    return f"/api/v1/attachments/{card.board_id}/{card.pk}"


async def sent(http: httpx.AsyncClient, address: str, content: bytes = b"hello", name: str = "a.txt") -> httpx.Response:
    return await http.post(address, files={"file": (name, content, "text/plain")})


async def test_a_form_is_stored_and_comes_back_byte_for_byte(http: httpx.AsyncClient, address: str) -> None:
    content = bytes(range(256)) * 4096
    stored = await sent(http, address, content)
    found = await http.get(f"{address}/{stored.json()['id']}")
    assert (stored.status_code, stored.json()["size"]) == (201, MIB)
    assert (found.status_code, found.content == content) == (200, True)


async def test_a_download_is_never_opened_by_a_browser(http: httpx.AsyncClient, address: str) -> None:
    stored = await sent(http, address, b"<script>alert(1)</script>", "evil.html")
    headers = (await http.get(f"{address}/{stored.json()['id']}")).headers
    assert headers["content-disposition"].startswith('attachment; filename="evil.html"')
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert (headers["x-content-type-options"], headers["content-type"]) == ("nosniff", "text/plain; charset=utf-8")


@pytest.mark.parametrize(("content", "kind"), [(PNG, "image/png"), (b"\x00\x01", "application/octet-stream")])
async def test_the_bytes_decide_on_the_type(http: httpx.AsyncClient, address: str, content: bytes, kind: str) -> None:
    stored = await sent(http, address, content)
    assert (await http.get(f"{address}/{stored.json()['id']}")).headers["content-type"] == kind


async def test_a_head_request_tells_the_length(http: httpx.AsyncClient, address: str) -> None:
    stored = await sent(http, address)
    found = await http.head(f"{address}/{stored.json()['id']}")
    assert (found.status_code, found.headers["content-length"], found.content) == (200, "5", b"")


async def test_json_is_taken_at_the_same_address(http: httpx.AsyncClient, address: str) -> None:
    given = {"filename": "a.txt", "content_base64": base64.b64encode(b"hello").decode()}
    stored = await http.post(address, json=given)
    listed = await http.get(address)
    assert (stored.status_code, stored.json()["size"]) == (201, 5)
    assert [row["id"] for row in listed.json()["result"]] == [stored.json()["id"]]


async def test_a_file_is_deleted_at_its_address(http: httpx.AsyncClient, address: str) -> None:
    stored = await sent(http, address)
    deleted = await http.delete(f"{address}/{stored.json()['id']}")
    assert (deleted.status_code, deleted.json()) == (200, {"success": True})
    assert (await http.get(f"{address}/{stored.json()['id']}")).status_code == 404


async def test_a_file_answers_below_its_own_card_only(http: httpx.AsyncClient, address: str) -> None:
    from pulse_project.core import db

    stored = await sent(http, address)
    other = await db.in_write(_make_card)
    found = await http.get(f"/api/v1/attachments/{other.board_id}/{other.pk}/{stored.json()['id']}")
    assert (found.status_code, found.json()["code"]) == (404, "NOT_FOUND")


async def test_ten_mebibytes_pass_and_one_more_byte_is_413(http: httpx.AsyncClient, address: str) -> None:
    fits, over = await sent(http, address, b"x" * (10 * MIB)), await sent(http, address, b"x" * (10 * MIB + 1))
    assert fits.status_code == 201
    assert (over.status_code, over.json()["code"]) == (413, "CONTENT_TOO_LARGE")


@pytest.mark.parametrize(
    "form",
    [
        {"files": {"other": ("a.txt", b"x")}},
        {"files": {"file": ("a.txt", b"")}},
        {"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
    ],
)
async def test_a_form_without_a_readable_file_is_refused(http: httpx.AsyncClient, address: str, form: Any) -> None:
    refused = await http.post(address, **form)
    assert (refused.status_code, refused.json()["code"]) == (422, "VALIDATION_ERROR")


async def test_a_wrong_key_reaches_no_file(http: httpx.AsyncClient, address: str) -> None:
    stored = await sent(http, address)
    key = {"authorization": "Bearer dash_" + "0" * 48}
    answers = [
        await http.post(address, files={"file": ("a.txt", b"x")}, headers=key),
        await http.get(f"{address}/{stored.json()['id']}", headers=key),
    ]
    assert [answer.status_code for answer in answers] == [401, 401]


async def test_a_form_of_another_page_is_refused(http: httpx.AsyncClient, address: str) -> None:
    foreign = {"origin": "http://127.0.0.1:3000"}
    answer = await http.post(address, files={"file": ("a.txt", b"x")}, headers=foreign)
    assert answer.status_code == 403


async def test_an_unknown_address_answers_like_every_other(http: httpx.AsyncClient, address: str) -> None:
    answers = [await http.get(f"{address}/a/b"), await http.get(f"{address}/%00"), await http.put(address, json={})]
    assert [answer.status_code for answer in answers] == [404, 422, 405]


@pytest.mark.usefixtures("bound")
@pytest.mark.parametrize(
    ("path", "content_type", "status"),
    [
        ("/api/v1/attachments/b/c", "multipart/form-data; boundary=x", 200),
        ("/api/v1/attachments/b/c", "application/json", 200),
        ("/api/v1/attachments/b/c", "text/plain", 415),
        ("/api/v1/comments/card/c", "multipart/form-data; boundary=x", 415),
    ],
)
async def test_the_door_takes_forms_at_files_alone(path: str, content_type: str, status: int) -> None:
    headers = [("content-type", content_type), ("content-length", "2")]
    assert (await visit(scope_of(path, method="POST", headers=headers), b"{}")).status == status
