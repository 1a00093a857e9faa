"""People at the pages: an operator, an auditor, a superuser, each with a browser."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def browser(db: None) -> Callable[..., Any]:
    """`browser("auditor") -> Client` logged in as a fresh user of that group; `fresh=False` = confirmed long ago."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group
    from django.test import Client

    from pulse_project.core import browser_sessions, clock

    def make(group: str, *, fresh: bool = True, password: str = "") -> Client:
        user = get_user_model()._default_manager.create(
            username=f"{group}-person", is_staff=True, is_superuser=group == "superuser"
        )
        user.groups.add(Group.objects.get(name=group))
        user.set_password(password) if password else user.set_unusable_password()
        user.save()
        client = Client()
        client.force_login(user)
        session: Any = client.session
        session[browser_sessions.CONFIRMED] = clock.now_us() if fresh else 1
        session.save()
        return client

    return make
