"""Ingest tokens: keys that store telemetry and do nothing else, with the terms that operators set.

A token keeps its number when its key is rotated. Every function runs inside `db.write_tx()`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict, Unpack

from pulse_project.core import clock, db, identity
from pulse_project.core.errors import Code, Failure
from pulse_project.core.identity import IssuedKey, KeyChanges
from pulse_project.core.models import ApiKey
from pulse_project.core.principals import Caller
from telemetry import admission
from telemetry.models import IngestGrant

OF_KEY = ("label", "expires_at")


class TokenTerms(TypedDict, total=False):
    """What can be said about a token; what is absent stays. `source` "" = each record keeps its own."""

    label: str
    expires_at: datetime | None
    source: str
    durability: str
    events_per_minute: int


def create(caller: Caller, **terms: Unpack[TokenTerms]) -> tuple[IngestGrant, str]:
    """A new token and its secret. Event: key.issued.

    Errors: VALIDATION_ERROR, AUTH_REQUIRED, PERMISSION_DENIED.
    """
    _demand_future(terms.get("expires_at"))
    of_key, of_grant = _parted(terms)
    issued = identity.issue_key(caller, None, scope=ApiKey.Scope.INGEST, **of_key)
    return IngestGrant.objects.create(key=issued.row, **of_grant), issued.plaintext


def rotate(caller: Caller, token_id: int) -> tuple[IngestGrant, str]:
    """A new secret under the same terms; the old one is dead at commit. Event: key.rotated.

    Errors: NOT_FOUND, CONFLICT (revoked or expired), AUTH_REQUIRED, PERMISSION_DENIED.
    """
    grant = _living(token_id)
    if grant.key.expires_at is not None and grant.key.expires_at <= clock.now():
        raise Failure(Code.CONFLICT, "That token has expired. Give it a later expires_at, then rotate it.")
    issued: IssuedKey = identity.replace_key(caller, grant.key)
    grant.key = issued.row
    grant.save(update_fields=["key"])
    _forget_terms()
    return grant, issued.plaintext


def update(
    caller: Caller, token_id: int, *, expected_version: int | None = None, **terms: Unpack[TokenTerms]
) -> IngestGrant:
    """Change what is given. Event: key.updated with the names of the changed terms.

    Errors: NOT_FOUND, CONFLICT (revoked), VERSION_CONFLICT, VALIDATION_ERROR, AUTH_REQUIRED, PERMISSION_DENIED.
    """
    grant = _living(token_id)
    identity.demand_version(expected_version, grant.revision, "token")
    _demand_future(terms.get("expires_at"))
    of_key, of_grant = _parted(terms)
    identity.update_key(caller, grant.key, of_key, elsewhere=of_grant)
    for name, value in of_grant.items():
        setattr(grant, name, value)
    grant.revision += 1
    grant.save(update_fields=[*of_grant, "revision"])
    _forget_terms()
    return grant


def revoke(caller: Caller, token_id: int) -> IngestGrant:
    """End a token for good, in every process. Event: key.revoked.

    Errors: NOT_FOUND, CONFLICT (revoked before), AUTH_REQUIRED.
    """
    grant = _living(token_id)
    grant.key = identity.revoke_key(caller, grant.key.pk)
    return grant


def _living(token_id: int) -> IngestGrant:
    grants = IngestGrant.objects.select_for_update(of=("self",)).select_related("key")
    grant = grants.filter(pk=token_id).first()
    if grant is None:
        raise Failure(Code.NOT_FOUND, "No such token.", token_id=token_id)
    if grant.key.revoked_at is not None:
        raise Failure(Code.CONFLICT, "That token was revoked. Create another one.", token_id=token_id)
    return grant


def _demand_future(expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= clock.now():
        raise Failure(Code.VALIDATION_ERROR, "expires_at lies in the past.", field="expires_at")


def _parted(terms: TokenTerms) -> tuple[KeyChanges, Mapping[str, Any]]:
    """The terms that the key itself keeps, and those of the grant."""
    of_key = KeyChanges()
    if "label" in terms:
        of_key["label"] = terms["label"]
    if "expires_at" in terms:
        of_key["expires_at"] = terms["expires_at"]
    return of_key, {name: value for name, value in terms.items() if name not in OF_KEY}


def _forget_terms() -> None:
    """This process reads the terms again at commit, the others when their hub hands out the event."""
    db.after_commit(admission.forget)
