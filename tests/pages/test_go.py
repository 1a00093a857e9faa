"""The address that refusals and search hits carry."""

import uuid

import pytest

from tests.boards.making import make_board, make_card, make_spec


@pytest.fixture
def card(db):
    return make_card(make_spec(make_board()))


@pytest.mark.django_db
def test_an_object_is_shown_to_who_may_see_it(browser, card):
    answer = browser("superuser").get(f"/go/card/{card.pk}")
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/boards/card/{card.pk}/change/")


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["spec", "nonsense"])
def test_another_kind_is_not_found(browser, card, kind):
    assert browser("superuser").get(f"/go/{kind}/{card.pk}").status_code == 404


@pytest.mark.django_db
def test_what_somebody_may_not_see_is_not_found(client, django_user_model, card):
    client.force_login(django_user_model.objects.create(username="somebody"))
    refused, absent = client.get(f"/go/card/{card.pk}"), client.get(f"/go/card/{uuid.uuid4()}")
    assert (refused.status_code, absent.status_code) == (404, 404)
