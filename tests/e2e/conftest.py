"""A running Pulse, a Chromium, and pages that report every error and foreign request when their test ends."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.running import Running

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def pulse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("home"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def session(pulse: Running, chromium: Browser) -> Any:
    """The cookies of the administrator who used the one-time link."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(pulse.link)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{pulse.url}/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def visit(pulse: Running, chromium: Browser, session: Any) -> Iterator[Callable[..., Page]]:
    """`visit("/admin/", theme="dark", width=360) -> Page` as the administrator; errors of any of them fail the test."""
    problems: list[str] = []
    contexts = []

    def open_page(
        path: str, *, theme: Any = "light", width: int = 1280, javascript: bool = True, height: int = 900
    ) -> Page:
        context = chromium.new_context(
            storage_state=session,
            viewport={"width": width, "height": height},
            color_scheme=theme,
            java_script_enabled=javascript,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(pulse.url) else problems.append(request.url))
        page.goto(pulse.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def project(tmp_path: Path) -> str:
    """The absolute path of an empty project folder."""
    root = tmp_path / "project"
    root.mkdir()
    return str(root)
