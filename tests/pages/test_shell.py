"""The frame of every page: landmarks, titles, policy, navigation that leads somewhere."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from django.test import Client

from pulse_project.core.templatetags.shell import SPRITE
from pulse_project.pages import connect, vendored
from tests.markup import parse

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
ICON = re.compile(r'\{% icon "([a-z-]+)"|icon_name="([a-z-]+)"')
OF_THE_GUARD = ("/v1/",)  # answers whom the door let in, and this client has not come through it
PAGES = ["/", "/admin/", "/api/docs", "/telemetry/", "/telemetry/events/"]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_one_heading_a_main_part_and_a_title_of_its_own(browser, address):
    page = parse(browser("superuser").get(address, follow=True).content)
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    assert "Pulse" in page.one("title").text


@pytest.mark.parametrize("address", [*PAGES, "/login/", "/no-such-page/"])
def test_a_page_keeps_the_content_policy(browser, address):
    response = browser("superuser").get(address)
    page = parse(response.content)
    assert page.offences() == []
    assert page.nameless() == []
    assert "script-src 'self'" in response["Content-Security-Policy"]


def test_home_marks_itself_in_the_navigation(browser):
    page = parse(browser("operator").get("/").content)
    current = [link for link in page.all("a") if link.get("aria-current") == "page"]
    assert [link.get("href") for link in current] == ["/"]


def test_the_skip_link_leads_to_the_main_part(browser):
    page = parse(browser("operator").get("/").content)
    assert page.all("a")[0].get("href") == "#main"
    assert page.one("main").get("id") == "main"


def test_a_stranger_is_sent_to_the_login(db):
    response = Client().get("/")
    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


def test_every_link_that_pages_show_answers(browser):
    client = browser("superuser")
    seen, queue = set(), ["/"]
    while queue and len(seen) < 150:
        address = queue.pop().split("#")[0]
        if not address.startswith("/") or address.startswith(OF_THE_GUARD) or address in seen:
            continue
        seen.add(address)
        response = client.get(address, follow=True)
        assert response.status_code < 400, address
        if "html" in response["Content-Type"] and address.count("?") == 0:
            queue += [link if not link.startswith("?") else address + link for link in parse(response.content).links]
    assert len(seen) > 20


def test_the_missing_page_says_so_with_its_status(browser):
    response = browser("auditor").get("/no-such-page/")
    assert response.status_code == 404
    assert parse(response.content).one("h1").words == "Page not found"


def test_a_refused_form_shows_our_page(db):
    response = Client(enforce_csrf_checks=True).post("/login/", {"username": "x", "password": "y"})
    assert response.status_code == 403
    assert parse(response.content).one("h1").words == "Not allowed"


def test_vendored_files_are_the_recorded_ones():
    assert vendored.problems(vendored.folder()) == []


def test_a_changed_vendored_file_is_found(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "x.js").write_text("changed")
    (tmp_path / "x" / "LICENSE").write_text("text")
    (tmp_path / "VENDOR.toml").write_text('[[package]]\nname="x"\nfile="x/x.js"\nsha256="00"\n')
    assert vendored.problems(tmp_path) == ["x/x.js is not the recorded file"]


def test_every_icon_that_templates_name_is_in_the_sprite():
    sprite = (vendored.folder() / SPRITE.removeprefix("vendor/")).read_text()
    names = {
        name for path in TEMPLATES.rglob("*.html") for found in ICON.findall(path.read_text()) for name in found if name
    }
    assert [name for name in sorted(names) if f'id="{name}"' not in sprite] == []


@pytest.mark.parametrize("client", connect.CLIENTS, ids=lambda client: client.slug)
def test_a_snippet_parses_and_names_this_server(client):
    text = connect.snippet(client.slug, "http://127.0.0.1:18100").text
    assert "http://127.0.0.1:18100/mcp" in text
    assert "api_key=" not in text
    assert {"json": json.loads, "toml": tomllib.loads, "shell": str}[client.format](text)
