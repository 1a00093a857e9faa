"""How the first event gets in: commands for this installation, shown while the store is empty."""

from dataclasses import dataclass

from django.http import HttpRequest

from pulse_project.core import auth, conf

TOKEN = "PULSE_INGEST_TOKEN"  # noqa: S105 - the name of a variable
EVENT = '{"event_type": "hello.world", "version": 1, "payload": {"from": "curl"}}'


@dataclass(frozen=True)
class Snippet:
    """One way in, with the text to copy."""

    title: str
    text: str


@dataclass(frozen=True)
class FirstSteps:
    """`needs_token`: producers at this address have to send an ingest token."""

    needs_token: bool
    snippets: tuple[Snippet, ...]


def of(request: HttpRequest) -> FirstSteps:
    """The ways in at the address that the reader uses."""
    base = f"{request.scheme}://{request.get_host()}"
    needs_token = _needs_token(request)
    header = f' \\\n  -H "Authorization: Bearer ${TOKEN}"' if needs_token else ""
    otlp = f"export OTEL_EXPORTER_OTLP_ENDPOINT={base}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
    if needs_token:
        otlp += f'\nexport OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20${TOKEN}"'
    return FirstSteps(
        needs_token,
        (
            Snippet("Send one event with curl", f"curl {base}/v1/events{header} \\\n  -d '{EVENT}'"),
            Snippet("Send logs of an OpenTelemetry program", otlp),
            Snippet(
                "Drain a file of events, one JSON object a line", "python manage.py drain events.jsonl --source demo"
            ),
        ),
    )


def _needs_token(request: HttpRequest) -> bool:
    """As the door decides: open is a trusted local program, while no shared token is set."""
    state = getattr(request, "scope", {}).get("state", {})
    local = auth.local_operator() if state.get("is_this_machine") else None
    return local is None or local.read_only or bool(conf.current().ingest_token.strip())
