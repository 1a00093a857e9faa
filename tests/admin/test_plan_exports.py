"""Taking objects out of the admin: one document as it is, several in an archive, never a page, within bounds."""

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from pulse_project.core.admin import reading
from specs.models import ArchitectureDesign, Mockup, Spec
from tests.admin.acting import ask, told
from tests.boards.making import make_board, make_card, make_ideation, make_refinement, make_spec, make_sprint, share

BOARDS, CARDS, SPECS = "/admin/boards/board/", "/admin/boards/card/", "/admin/specs/spec/"
DESIGNS, MOCKUPS = "/admin/specs/architecturedesign/", "/admin/specs/mockup/"


@pytest.fixture
def board(db: None) -> Any:
    return make_board(slug="payments")


@pytest.fixture
def client(browser: Callable[..., Any]) -> Any:
    """Who only watches: reading out is open to all who see."""
    return browser("auditor")


def files_in(response: Any) -> dict[str, str]:
    with zipfile.ZipFile(BytesIO(response.content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_one_object_is_one_document_that_no_browser_opens(client: Any, board: Any) -> None:
    response = ask(client, SPECS, "export", make_spec(board, title="Retries"))
    assert response.content.decode().startswith("# S-1 Retries")
    assert (response["Content-Type"], response["Content-Disposition"]) == (
        "text/markdown; charset=utf-8",
        'attachment; filename="S-1.md"',
    )
    assert response["X-Content-Type-Options"] == "nosniff"


def test_several_objects_are_an_archive_with_a_folder_for_each_board(client: Any, board: Any) -> None:
    cards = [make_card(make_spec(place)) for place in (board, make_board(slug="other"))]
    response = ask(client, CARDS, "export", *cards)
    assert response["Content-Disposition"] == 'attachment; filename="cards.zip"'
    assert set(files_in(response)) == {"payments/C-1.md", "other/C-1.md"}


@pytest.mark.parametrize("kind", ["ideation", "refinement", "sprint"])
def test_every_kind_is_exported(client: Any, board: Any, kind: str) -> None:
    ideation = make_ideation(board)
    records = {
        "ideation": ideation,
        "refinement": make_refinement(ideation),
        "sprint": make_sprint(make_spec(board)),
    }
    response = ask(client, f"/admin/specs/{kind}/", "export", records[kind])
    assert f"# {records[kind].ref} {kind.title()}" in response.content.decode()


def test_a_board_is_exported_with_everything_on_it(client: Any, board: Any) -> None:
    ideation = make_ideation(board)
    spec = make_spec(board, ideation=ideation)
    make_card(spec)
    make_card(make_spec(make_board()))
    response = ask(client, BOARDS, "export", board)
    assert response["Content-Disposition"] == 'attachment; filename="payments.zip"'
    assert set(files_in(response)) == {"payments/I-1.md", "payments/S-1.md", "payments/C-1.md"}


def test_an_empty_board_says_that_there_is_nothing(client: Any, board: Any) -> None:
    assert told(ask(client, BOARDS, "export", board)) == ["There is nothing to export."]


def test_boards_with_too_many_objects_are_refused(client: Any, board: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boards.admin.exports.MOST_FILES", 1)
    for _ in range(2):
        make_spec(board)
    [message] = told(ask(client, BOARDS, "export", board))
    assert message.startswith("These boards hold more than 1 objects.")


def test_too_many_bytes_are_refused(client: Any, board: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 10)
    assert told(ask(client, SPECS, "export", make_spec(board))) == ["More than 0 MB. Export fewer records at once."]


def test_a_design_is_exported_with_its_parts(client: Any, board: Any) -> None:
    spec = make_spec(board)
    design = ArchitectureDesign.objects.create(entity=spec, title="Out box: <1>", global_description="g")
    response = ask(client, DESIGNS, "export", design)
    assert response["Content-Disposition"] == f'attachment; filename="S-1-out-box-1-{design.pk}.json"'
    found = json.loads(response.content)
    assert (found["title"], found["entities"]) == ("Out box: <1>", [])


def test_mockups_are_exported_as_data_and_never_as_a_page(client: Any, board: Any) -> None:
    spec = make_spec(board)
    screens = [
        Mockup.objects.create(entity=spec, public_id=f"sm_0000000{n}", title="M", html_content="<p>x</p>")
        for n in (1, 2)
    ]
    response = ask(client, MOCKUPS, "export", *screens)
    assert response["Content-Type"] == "application/zip"
    assert [json.loads(text)["html_content"] for text in files_in(response).values()] == ["<p>x</p>"] * 2


def test_what_the_operation_refuses_is_told_and_nothing_is_sent(board: Any, db: None) -> None:
    make_spec(board, title="Hidden")
    share(make_board(), "viewer", "viewer")
    user = get_user_model()._default_manager.get(username="viewer")
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    user.user_permissions.add(Permission.objects.get(codename="view_spec"))
    client = Client()
    client.force_login(user)
    assert told(ask(client, SPECS, "export", Spec.objects.get())) == ["S-1 Hidden: No such board. (NOT_FOUND)"]


def test_drawings_are_left_out_for_who_may_not_see_them(browser: Callable[..., Any], board: Any) -> None:
    design = ArchitectureDesign.objects.create(entity=make_spec(board), title="D", global_description="g")
    found = {
        group: "diagram_payloads" in json.loads(ask(browser(group), DESIGNS, "export", design).content)
        for group in ("auditor", "operator")
    }
    assert found == {"auditor": False, "operator": True}
