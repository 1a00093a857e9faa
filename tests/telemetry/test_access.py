"""Who may send events, and who may read them: on this machine and from others, with every kind of key and without."""

from typing import Any

import pytest

from pulse_project.core import binding, conf
from tests.telemetry.events import event
from tests.telemetry.senders import UNKNOWN_KEY, events, new_key, new_token, stranger

pytestmark = pytest.mark.django_db(transaction=True)
ROUTES = ("/v1/events", "/v1/events:batch")
TOKEN = "sesame"
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - never loopback
NO_TOKEN = [
    {},
    {"Authorization": ""},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer "},
    {"Authorization": TOKEN},
    {"Authorization": f"Token {TOKEN}"},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": f"Bearer {TOKEN[:-1]}"},
    {"Authorization": f"Bearer {TOKEN.upper()}"},
    {"Authorization": b"Bearer s\xc3\xa9same"},
    {"Authorization": b"Bearer \xff\xfe"},
    {"Authorization": f"Bearer {UNKNOWN_KEY}"},
    {"Cookie": f"token={TOKEN}"},
]


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("headers", NO_TOKEN)
async def test_once_a_token_is_set_anything_else_is_refused_as_published(http: Any, path: str, headers: Any) -> None:
    conf.apply_stored({"ingest_token": TOKEN})
    answer = await http.post(path, content=b"{", headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (401, "invalid or missing ingest token")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("query", [f"token={TOKEN}", f"api_key={TOKEN}", f"Authorization=Bearer%20{TOKEN}"])
async def test_a_token_in_the_address_is_not_looked_at(http: Any, query: str) -> None:
    conf.apply_stored({"ingest_token": TOKEN})
    assert (await http.post(f"/v1/events?{query}", json=event())).status_code == 401


@pytest.mark.parametrize("path", ROUTES)
async def test_the_token_opens_ingest(http: Any, path: str) -> None:
    conf.apply_stored({"ingest_token": f"  {TOKEN} "})
    answer = await http.post(path, json=event(), headers=bearer(TOKEN))
    assert answer.status_code in {200, 202}
    assert len(await events(http)) == 1


async def test_the_token_neither_gives_nor_takes_the_right_to_read(http: Any) -> None:
    conf.apply_stored({"ingest_token": TOKEN})
    assert (await http.get("/v1/events", headers=bearer(TOKEN))).status_code == 200
    async with stranger() as elsewhere:
        assert (await elsewhere.get("/v1/events", headers=bearer(TOKEN))).status_code == 401


async def test_a_blank_token_is_none(http: Any) -> None:
    conf.apply_stored({"ingest_token": "  "})
    assert (await http.post("/v1/events", json=event())).status_code == 202


async def test_reads_of_this_machine_stay_open_when_a_token_is_set(http: Any) -> None:
    conf.apply_stored({"ingest_token": TOKEN})
    answers = [await http.get(path) for path in ("/v1/events", "/v1/health", "/v1/metrics/counts", "/mcp/tools")]
    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize("path", ROUTES)
async def test_a_stranger_without_key_sends_nothing(http: Any, path: str) -> None:
    async with stranger() as other:
        answer = await other.post(path, json=event())
    assert (answer.status_code, answer.json()["detail"]) == (401, "invalid or missing ingest token")
    assert await events(http) == []


async def test_a_stranger_with_the_shared_token_sends(http: Any) -> None:
    conf.apply_stored({"ingest_token": TOKEN})
    async with stranger() as other:
        assert (await other.post("/v1/events", json=event(), headers=bearer(TOKEN))).status_code == 202


@pytest.mark.parametrize("shared_token", ["", TOKEN])
async def test_a_token_of_its_own_opens_ingest_for_a_stranger(http: Any, shared_token: str) -> None:
    conf.apply_stored({"ingest_token": shared_token})
    token = await new_token(source="ci")
    async with stranger() as other:
        answer = await other.post("/v1/events?source=mine", json=event(), headers=bearer(token))
    assert answer.status_code == 202
    assert (await events(http))[0]["source"] == "ci"


async def test_an_agents_key_opens_ingest(http: Any) -> None:
    conf.apply_stored({"ingest_token": TOKEN})
    key = await new_key("builder")
    async with stranger() as other:
        assert (await other.post("/v1/events", json=event(), headers=bearer(key))).status_code == 202


@pytest.mark.parametrize("terms", [{"scope": "monitor"}, {"agent_id": "reader", "is_read_only": True}])
async def test_a_key_that_only_reads_sends_nothing(http: Any, terms: Any) -> None:
    key = await new_key(**terms)
    answer = await http.post("/v1/events", json=event(), headers=bearer(key))
    assert (answer.status_code, answer.json()["stored"], answer.json()["code"]) == (403, False, "PERMISSION_DENIED")
    assert await events(http) == []


@pytest.mark.parametrize("path", ["/v1/events", "/v1/metrics/counts", "/v1/health", "/mcp/tools", "/metrics"])
async def test_a_stranger_without_key_reads_nothing(http: Any, path: str) -> None:
    async with stranger() as other:
        assert (await other.get(path)).status_code == 401


async def test_open_reads_let_a_stranger_read_and_not_send(http: Any) -> None:
    conf.apply_stored({"telemetry_open_reads": True})
    async with stranger() as other:
        reads = [await other.get(path) for path in ("/v1/events", "/v1/metrics/counts", "/mcp/tools")]
        sent = await other.post("/v1/events", json=event())
    assert [answer.status_code for answer in reads] == [200] * 3
    assert sent.status_code == 401


async def test_open_reads_open_nothing_but_telemetry(http: Any) -> None:
    conf.apply_stored({"telemetry_open_reads": True})
    async with stranger() as other:
        answers = [await other.get(path) for path in ("/api/v1/nexus/agents", "/api/v1/telemetry/tokens", "/metrics")]
    assert {answer.status_code for answer in answers} == {401}


@pytest.mark.parametrize("trust", ["off", "read"])
async def test_without_trust_in_this_machine_a_local_program_needs_a_key(http: Any, trust: str) -> None:
    conf.apply_stored({"loopback_trust": trust})
    token = await new_token()
    answers = [await http.post("/v1/events", json=event(), headers=headers) for headers in ({}, bearer(token))]
    assert [answer.status_code for answer in answers] == [401, 202]


@pytest.mark.parametrize(("trust", "status"), [("off", 401), ("read", 200)])
async def test_what_is_left_of_the_trust_decides_about_local_reads(http: Any, trust: str, status: int) -> None:
    conf.apply_stored({"loopback_trust": trust})
    assert (await http.get("/v1/events")).status_code == status


@pytest.mark.parametrize("hosts", [(EVERY_ADDRESS,), ("127.0.0.1", "192.0.2.1"), ()], ids=str)
async def test_bound_beyond_this_machine_a_local_program_needs_a_key(http: Any, hosts: tuple[str, ...]) -> None:
    binding.publish(binding.Binding(hosts=hosts, port=8100))
    token = await new_token()
    sent = [await http.post("/v1/events", json=event(), headers=headers) for headers in ({}, bearer(token))]
    assert [answer.status_code for answer in sent] == [401, 202]
    assert (await http.get("/v1/events")).status_code == 401


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via"])
async def test_what_a_proxy_passes_on_is_no_local_program(http: Any, header: str) -> None:
    answers = [
        await http.post("/v1/events", json=event(), headers={header: "127.0.0.1"}),
        await http.get("/v1/events", headers={header: "127.0.0.1"}),
    ]
    assert [answer.status_code for answer in answers] == [401, 401]


@pytest.mark.parametrize("path", ROUTES)
async def test_a_name_that_somebody_points_at_this_machine_sends_nothing(http: Any, path: str) -> None:
    answer = await http.post(path, json=event(), headers={"Host": "rebound.example"})
    assert answer.status_code == 400
    assert await events(http) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Content-Type": "text/plain"},
        {"Origin": "null", "Content-Type": "text/plain"},
        {"Origin": "http://127.0.0.1:3000", "Content-Type": "text/plain"},
        {"Sec-Fetch-Site": "cross-site", "Content-Type": "application/x-www-form-urlencoded"},
        {"Sec-Fetch-Site": "same-site", "Content-Type": "text/plain"},
        {"Referer": "https://evil.example/page", "Content-Type": "text/plain"},
    ],
)
@pytest.mark.parametrize("path", ROUTES)
async def test_a_page_of_another_site_plants_no_event(http: Any, path: str, headers: Any) -> None:
    answer = await http.post(path, json=event(), headers=headers)
    assert answer.status_code == 403
    assert await events(http) == []


async def test_who_guesses_tokens_is_slowed_down_and_the_right_one_goes_on(http: Any) -> None:
    conf.apply_stored({"ingest_token": TOKEN})
    guesses = [await http.post("/v1/events", json=event(), headers=bearer(f"guess {n}")) for n in range(61)]
    right = await http.post("/v1/events", json=event(), headers=bearer(TOKEN))
    assert [answer.status_code for answer in guesses] == [401] * 60 + [429]
    assert int(guesses[-1].headers["retry-after"]) >= 1
    assert right.status_code == 202
