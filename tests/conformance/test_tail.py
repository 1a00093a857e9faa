"""The follower as a program beside a server: lines, ends and files, and that it idles at no cost."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus import following
from nexus.following import Following, follow
from pulse_project.core import flags
from pulse_project.core.conf import ConfigError
from pulse_project.core.principals import Caller, Kind
from tests.nexus.calls import ok
from tests.serve.conftest import ROOT, Install

READER = Caller(
    Kind.AGENT, "watcher", flags.bus_flags_of(flags.full_bus_permissions()), transport="tail", read_only=True
)


def wanted(root: str, **over: Any) -> Following:
    fields: dict[str, Any] = {
        "project_root": root, "agent_id": "watcher", "stream": "workspace", "start": "0", "cursor_file": None,
        "from_agent": None, "exclude_agent": None, "limit": 100, "timeout_seconds": 0, "once": True,
    }  # fmt: skip
    return Following(**(fields | over))


@pytest.mark.django_db(transaction=True)
def test_a_follower_without_patience_does_not_spin(project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    call = following._call

    async def counted(*arguments: Any) -> Any:
        asked.append(arguments[0])
        return await call(*arguments)

    async def for_a_moment() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(follow(wanted(project, once=False), READER, print), 0.35)

    monkeypatch.setattr(following, "_call", counted)
    asyncio.run(for_a_moment())
    assert 1 <= len(asked) <= 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["no/such/folder/cursor", "folder"])
def test_a_cursor_file_that_cannot_be_used_is_named(
    name: str, project: str, tmp_path: Path, alice: Any, send: Any
) -> None:
    (tmp_path / "folder").mkdir()
    send(alice)
    with pytest.raises(ConfigError, match="--cursor-file"):
        asyncio.run(follow(wanted(project, cursor_file=tmp_path / name), READER, str.strip))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("start", "count"), [("0", 2), ("begin", 2), ("start", 2), ("latest", 0)])
def test_a_follower_begins_where_it_is_told(start: str, count: int, project: str, alice: Any, send: Any) -> None:
    lines: list[str] = []
    for _ in range(2):
        send(alice)
    asyncio.run(follow(wanted(project, start=start), READER, lines.append))
    assert len(lines) == count


@pytest.mark.django_db(transaction=True)
def test_a_line_is_ascii_and_one_line_whatever_was_said(project: str, alice: Any, send: Any) -> None:
    lines: list[str] = []
    send(alice, subject="\x1b[31mred\r\n{\u2028\u202e é", body="b")
    asyncio.run(follow(wanted(project), READER, lines.append))
    assert lines[0].isascii()
    assert lines[0].isprintable()
    assert json.loads(lines[0])["payload"]["subject"] == "\x1b[31mred\r\n{\u2028\u202e é"


@pytest.mark.django_db(transaction=True)
def test_a_follower_sees_what_its_agent_sees(project: str, alice: Any, bob: Any, send: Any) -> None:
    lines: list[str] = []
    direct, public = send(alice, to="bob"), send(alice)
    asyncio.run(follow(wanted(project), READER, lines.append))
    asyncio.run(follow(wanted(project, agent_id="bob"), READER, lines.append))
    found = [json.loads(line)["event_id"] for line in lines]
    assert found == [public["event_id"], direct["event_id"], public["event_id"]]


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_the_lines_and_the_cursor_repeats_one_window(
    project: str, tmp_path: Path, alice: Any, send: Any
) -> None:
    kept, lines = tmp_path / "cursor", list[str]()

    def broken(line: str) -> None:
        lines.append(line)
        raise BrokenPipeError

    send(alice)
    with pytest.raises(BrokenPipeError):
        asyncio.run(follow(wanted(project, cursor_file=kept), READER, broken))
    asyncio.run(follow(wanted(project, cursor_file=kept), READER, lines.append))
    assert lines[0] == lines[1]
    assert ok("event_get", alice, project_root=project, agent_id="alice", stream="workspace")["next_cursor"] == int(
        kept.read_text()
    )


@pytest.fixture
def install(tmp_path: Path) -> Install:
    return Install(tmp_path / "home")


@pytest.fixture
def tail(install: Install, project: str) -> Iterator["subprocess.Popen[str]"]:
    """`manage.py tail` as a process that follows an empty log."""
    assert install.run("op", "workspace_resolve", json.dumps({"project_root": project})).returncode == 0
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "tail", "--project-root", project, "--agent-id", "a", "--from", "0"],
        env=install.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    yield process
    process.kill()
    process.communicate()


def say(install: Install, project: str, subject: str) -> None:
    sent = {"project_root": project, "from_agent_id": "b", "subject": subject, "body": "b"}
    assert install.run("op", "message_create", json.dumps(sent)).returncode == 0


def test_a_process_hears_another_one_and_ends_well_on_an_interrupt(install: Install, project: str, tail: Any) -> None:
    say(install, project, "hello")
    line = json.loads(tail.stdout.readline())
    tail.send_signal(signal.SIGINT)
    assert (line["type"], line["payload"]["subject"]) == ("message.created", "hello")
    assert tail.wait(timeout=10) == 0
    assert tail.stderr.read() == ""


def test_a_reader_that_went_away_ends_the_follower(install: Install, project: str, tail: Any) -> None:
    tail.stdout.close()
    say(install, project, "hello")
    assert tail.wait(timeout=20) in (0, -signal.SIGPIPE)
    assert "Traceback" not in tail.stderr.read()


def test_catalogue_errors_end_with_code_1(install: Install, project: str) -> None:
    common = ["tail", "--agent-id", "a", "--once", "--project-root"]
    wrong = install.run(*common, project, "--stream", "task"), install.run(*common, os.devnull)
    assert [done.returncode for done in wrong] == [1, 1]
    assert ["INVALID_STREAM" in wrong[0].stderr, "WORKSPACE_UNRESOLVED" in wrong[1].stderr] == [True, True]
