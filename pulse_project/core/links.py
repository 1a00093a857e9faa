"""One-time login links: 32 random bytes, kept as a hash, good for one use within 15 minutes."""

import secrets
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model

from pulse_project.core import auth, clock, db, outbox
from pulse_project.core.errors import Code, Failure
from pulse_project.core.models import LoginLink

PREFIX = "/login/link/"
GOOD_FOR = timedelta(minutes=15)
FIRST_ADMIN = "operator"


def first_admin() -> Any:
    """The first superuser; `operator`, without a password that could be guessed, when there is none yet."""
    users = get_user_model()._default_manager
    known = users.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if known is not None:
        return known
    user, _ = users.select_for_update().get_or_create(username=FIRST_ADMIN)
    user.is_superuser = user.is_staff = user.is_active = True
    if not user.password:
        user.set_unusable_password()
    user.save()
    return user


def issue(username: str = "") -> str:
    """The path of a new link for an administrator, by default the first one.

    Event: login.link_issued. Errors: NOT_FOUND.
    """
    with db.write_tx():
        user = _administrator(username) if username else first_admin()
        LoginLink.objects.filter(expires_at__lt=clock.now()).delete()
        token = secrets.token_urlsafe(32)
        LoginLink.objects.create(
            token_hash=auth.digest(token), user=user, created_at=clock.now(), expires_at=clock.now() + GOOD_FOR
        )
        outbox.emit("login.link_issued", caller=auth.system_caller(), entity=("user", user.get_username()))
    return f"{PREFIX}{token}/"


def _administrator(username: str) -> Any:
    user = get_user_model()._default_manager.filter(username=username, is_staff=True, is_active=True).first()
    if user is None:
        raise Failure(Code.NOT_FOUND, "No administrator has that name.")
    return user


def user_of(token: str) -> Any | None:
    """Whom a link would log in, without using it; None when it is unknown, used or too old."""
    link = _open(token).select_related("user").first()
    return link.user if link is not None and link.user.is_active else None


def consume(token: str) -> Any | None:
    """Use a link up (inside a write transaction) and answer its user; of two who try, one gets it."""
    user = user_of(token)
    if user is None or _open(token).update(used_at=clock.now()) != 1:
        return None
    return user


def _open(token: str) -> Any:
    return LoginLink.objects.filter(token_hash=auth.digest(token), used_at__isnull=True, expires_at__gt=clock.now())
