"""Readers of the telemetry pages, and what stands on a page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.markup import Page
from tests.telemetry.pages.sights import BASE, read


@pytest.fixture
def person(db: None) -> Callable[..., Client]:
    """`person("auditor") -> Client` logged in as a user of that group."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group

    def make(group: str) -> Client:
        user = get_user_model()._default_manager.create(username=f"{group}-reader", is_staff=True)
        user.groups.set(Group.objects.filter(name=group))
        client = Client(headers={"host": BASE.removeprefix("http://")})
        client.force_login(user)
        return client

    return make


@pytest.fixture
def page(person: Any, frozen: Any) -> Callable[[str], Page]:
    """`page("?range=24h")`: what an auditor sees at /telemetry/, or at a whole path, at `NOW_US`."""
    client = person("auditor")

    def open_page(address: str = "") -> Page:
        response = client.get(address if address.startswith("/") else f"/telemetry/{address}")
        assert response.status_code == 200, address
        return read(response.content)

    return open_page
