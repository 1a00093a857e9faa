"""People and groups in the admin: only superusers change them, and only after a fresh login."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User

pytestmark = pytest.mark.django_db
PASSWORDS = {"password1": "another long password", "password2": "another long password", "usable_password": "true"}


def person(group: str = "superuser") -> User:
    return User.objects.get(username=f"{group}-person")


@pytest.mark.parametrize("path", ["password/", "change/", "delete/"])
def test_an_old_login_changes_nobody(browser: Callable[..., Any], path: str) -> None:
    client = browser("superuser", fresh=False, password="a long password")
    response = client.post(f"/admin/auth/user/{person().pk}/{path}", {**PASSWORDS, "post": "yes"})
    assert response["Location"].startswith("/login/?next=")
    assert person().check_password("a long password")


@pytest.mark.parametrize("path", ["user/add/", "user/", "group/add/"])
def test_an_old_login_makes_nobody(browser: Callable[..., Any], path: str) -> None:
    client = browser("superuser", fresh=False)
    response = client.post(f"/admin/auth/{path}", {"username": "eve", "name": "eve", **PASSWORDS})
    assert response["Location"].startswith("/login/?next=")
    assert (User.objects.count(), Group.objects.count()) == (1, 3)


def test_a_fresh_login_gives_itself_a_password(browser: Callable[..., Any]) -> None:
    client = browser("superuser")
    assert client.post(f"/admin/auth/user/{person().pk}/password/", PASSWORDS).status_code == 302
    assert person().check_password("another long password")
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("group", ["operator", "auditor"])
@pytest.mark.parametrize("path", ["user/", "user/add/", "group/", "group/add/"])
def test_operators_and_auditors_see_and_change_nobody(browser: Callable[..., Any], group: str, path: str) -> None:
    client = browser(group)
    assert client.get(f"/admin/auth/{path}").status_code == 403
    assert client.post(f"/admin/auth/{path}", {"username": "eve", **PASSWORDS}).status_code == 403
    assert User.objects.count() == 1


def test_an_action_by_get_does_nothing(browser: Callable[..., Any], bob: Any) -> None:
    from pulse_project.core.models import ApiKey

    query = {"action": "issue_key", "_selected_action": bob.agent_pk, "confirmed": "1"}
    browser("superuser").get("/admin/core/agent/", query)
    assert ApiKey.objects.count() == 0
