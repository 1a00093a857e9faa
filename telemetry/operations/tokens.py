"""Ingest tokens, as operators manage them."""

from typing import TypedDict

from pydantic import Field

from pulse_project.core.inputs import Input
from pulse_project.core.principals import Caller
from telemetry import tokens
from telemetry.catalog import operators
from telemetry.fields import MOST_LISTED, Label, Moment, RowId, Version, iso
from telemetry.inputs import Loose
from telemetry.models import Durability, IngestGrant

MOST_PER_MINUTE = 100_000_000
FLAG = "operator.telemetry"


class TokenRow(TypedDict):
    """`prefix` is the visible beginning of the secret; times are UTC; `events_per_minute` 0 = unlimited."""

    token_id: int
    key_id: int
    prefix: str
    label: str
    source: str
    durability: str
    events_per_minute: int
    created_at: str | None
    last_used_at: str | None
    expires_at: str | None
    revoked_at: str | None
    version: int


class IssuedToken(TokenRow):
    token: str


class TokenList(TypedDict):
    items: list[TokenRow]


def token_row(grant: IngestGrant) -> TokenRow:
    """A token as every answer shows it."""
    key = grant.key
    return {
        "token_id": grant.pk,
        "key_id": key.pk,
        "prefix": key.prefix,
        "label": key.label,
        "source": grant.source,
        "durability": grant.durability,
        "events_per_minute": grant.events_per_minute,
        "created_at": iso(key.created_at),
        "last_used_at": iso(key.last_used_at),
        "expires_at": iso(key.expires_at),
        "revoked_at": iso(key.revoked_at),
        "version": grant.revision,
    }


class ListTokens(Loose):
    include_revoked: bool = Field(False, description="Also those that open nothing any more.")


@operators.operation(needs="operator.observe", rest="GET tokens")
def telemetry_token_list(caller: Caller, data: ListTokens) -> TokenList:
    """The newest 1000 ingest tokens, by prefix; what a token is cannot be asked for again.

    Errors: VALIDATION_ERROR.
    """
    grants = IngestGrant.objects.select_related("key").order_by("-id")
    if not data.include_revoked:
        grants = grants.filter(key__revoked_at__isnull=True)
    return {"items": [token_row(grant) for grant in grants[:MOST_LISTED]]}


class NewToken(Input):
    label: str = Field("", max_length=128, description="Where the token is used, for your own list.")
    source: Label = Field("", description="The source of every record sent with it; empty = what the producer names.")
    durability: Durability = Field(
        Durability.FULL,
        strict=False,
        description="full: answered once a record survives a power loss. relaxed: after the commit.",
    )
    events_per_minute: int = Field(0, ge=0, le=MOST_PER_MINUTE, description="Most records a minute; 0 = unlimited.")
    expires_at: Moment | None = Field(None, description="When it stops working, ISO 8601; null = never.")


@operators.operation(needs=FLAG, writes=True, secret_output=True, rest="POST tokens")
def telemetry_token_create(caller: Caller, data: NewToken) -> IssuedToken:
    """Make an ingest token, shown only here. It stores telemetry and opens nothing else.

    Errors: VALIDATION_ERROR, AUTH_REQUIRED, PERMISSION_DENIED.
    Event: key.issued.
    """
    grant, secret = tokens.create(
        caller,
        label=data.label,
        source=data.source,
        durability=data.durability,
        events_per_minute=data.events_per_minute,
        expires_at=data.expires_at,
    )
    return {**token_row(grant), "token": secret}


class OneToken(Input):
    token_id: RowId


@operators.operation(
    needs=FLAG, writes=True, secret_output=True, destructive=True, rest="POST tokens/<int:token_id>/rotate"
)
def telemetry_token_rotate(caller: Caller, data: OneToken) -> IssuedToken:
    """Replace a token's secret, shown only here. The old one stops at once, everywhere; the terms stay.

    Errors: VALIDATION_ERROR, NOT_FOUND, CONFLICT, AUTH_REQUIRED, PERMISSION_DENIED.
    Event: key.rotated.
    """
    grant, secret = tokens.rotate(caller, data.token_id)
    return {**token_row(grant), "token": secret}


class TokenChange(OneToken):
    label: str = Field("", max_length=128)
    source: Label = ""
    durability: Durability = Field(Durability.FULL, strict=False)
    events_per_minute: int = Field(0, ge=0, le=MOST_PER_MINUTE)
    expires_at: Moment | None = None
    expected_version: Version = None


@operators.operation(needs=FLAG, writes=True, rest="PATCH tokens/<int:token_id>")
def telemetry_token_update(caller: Caller, data: TokenChange) -> TokenRow:
    """Change a token's terms; what is absent stays. In force at once, everywhere.

    Errors: VALIDATION_ERROR, NOT_FOUND, CONFLICT, VERSION_CONFLICT, AUTH_REQUIRED, PERMISSION_DENIED.
    Event: key.updated.
    """
    given = data.model_dump(exclude={"token_id", "expected_version"}, exclude_unset=True)
    return token_row(tokens.update(caller, data.token_id, expected_version=data.expected_version, **given))


@operators.operation(needs=FLAG, writes=True, destructive=True, rest="POST tokens/<int:token_id>/revoke")
def telemetry_token_revoke(caller: Caller, data: OneToken) -> TokenRow:
    """End a token at once, everywhere, for good.

    Errors: VALIDATION_ERROR, NOT_FOUND, CONFLICT, AUTH_REQUIRED, PERMISSION_DENIED.
    Event: key.revoked.
    """
    return token_row(tokens.revoke(caller, data.token_id))
