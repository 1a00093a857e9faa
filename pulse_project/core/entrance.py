"""How the first person and the first agent get in: the one-time link of the administrator, the operator's first key."""

import os
import sys
from pathlib import Path

from django.contrib.auth import get_user_model

from pulse_project.core import auth, banner, db, links
from pulse_project.core.binding import Binding
from pulse_project.core.conf import Settings
from pulse_project.core.identity import bootstrap_operator

LINK_FILE = "admin-link"


def open_for(settings: Settings, bound: Binding) -> list[str]:
    """What to tell after a start: a login link while no administrator has logged in, a first key beyond loopback.

    Secrets go to a terminal only; without one the link is written to `{home}/admin-link`, readable by its owner alone.
    """
    lines = []
    if not bound.is_loopback and not bound.uds:
        lines += _first_key()
    if not get_user_model().objects.filter(is_superuser=True, last_login__isnull=False).exists():
        lines += _first_link(settings, bound)
    return lines


def _first_key() -> list[str]:
    with db.write_tx():
        issued = bootstrap_operator(auth.system_caller())
    if issued is None:
        return []
    return [f"First key, shown once, of the agent `operator`: {issued.plaintext}"]


def _first_link(settings: Settings, bound: Binding) -> list[str]:
    url = banner.address(bound) + links.issue()
    if sys.stderr.isatty():
        return [f"Log in as administrator (once, within 15 minutes): {url}"]
    path = settings.home_path / LINK_FILE
    write_private(path, url + "\n")
    return [f"A one-time login link for the administrator is in {path}"]


def write_private(path: Path, text: str) -> None:
    """Replace `path` by a file that only its owner can read."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
