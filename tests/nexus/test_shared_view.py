"""The text of shared.md and the way it reaches the disk."""

import os
from dataclasses import replace

import pytest

from nexus import shared_files
from nexus.shared_view import (
    REDACTED,
    SECTIONS,
    EventLine,
    HandoffLine,
    Listed,
    SessionLine,
    SharedState,
    TaskLine,
    render,
    shown,
)
from pulse_project.core import conf
from pulse_project.core.errors import Code, Failure

WORKSPACE = "a" * 64
AT = 1_800_000_000_000_000


def state(**over):
    base = SharedState(
        workspace_id=WORKSPACE,
        display_name=None,
        sessions=Listed([SessionLine("ses1", "alice", "builder", AT, AT)], 1),
        tasks=Listed([], 0),
        handoffs=Listed([HandoffLine("hof1", "alice", "public", "role reviewer", AT)], 1),
        events=[EventLine(9, "workspace", "message.created", "alice", AT, is_public=True)],
    )
    return replace(base, **over)


def test_the_four_sections_stand_in_their_order():
    text = render(state())
    places = [text.index(f"## {section}") for section in SECTIONS]
    assert places == sorted(places)


def test_equal_states_give_equal_bytes():
    assert render(state()) == render(state())


def test_an_empty_section_says_so():
    assert "## 2. Open tasks\n\nNone.\n" in render(state())


def test_a_task_shows_its_title():
    assert "`t1` `Write it` (`open`)" in render(state(tasks=Listed([TaskLine("t1", "Write it", "open")], 1)))


@pytest.mark.parametrize("visibility", ["eligible", "private"])
def test_the_target_of_a_handoff_that_is_not_public_is_redacted(visibility):
    line = HandoffLine("hof1", "alice", visibility, "agent bob", AT)
    text = render(state(handoffs=Listed([line], 1)))
    assert REDACTED in text
    assert "bob" not in text


def test_the_actor_of_an_event_that_is_not_public_is_redacted():
    line = EventLine(9, "workspace", "message.created", "zoe", AT, is_public=False)
    text = render(state(events=[line]))
    assert f"by {REDACTED}" in text
    assert "zoe" not in text


def test_a_long_list_ends_with_a_number():
    lines = [HandoffLine(f"hof{n}", "alice", "public", "-", AT) for n in range(50)]
    assert "- and 950 more\n" in render(state(handoffs=Listed(lines, 1000)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("agent_a", "`agent_a`"),
        ("# x\n- y", "`# x - y`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("", "`-`"),
        ("\u202e\u0007x", "`x`"),
        ("<b>", "`<b>`"),
    ],
)
def test_a_foreign_value_is_one_inert_line(value, text):
    assert shown(value) == text


def test_a_very_long_value_is_cut():
    assert len(shown("x" * 1000)) == 203


@pytest.fixture
def home(tmp_path, monkeypatch):
    settings = replace(conf.current(), home=str(tmp_path))
    monkeypatch.setattr(conf, "current", lambda: settings)
    return tmp_path


def test_the_file_is_written_and_replaced(home):
    shared_files.replace_shared(WORKSPACE, "old")
    path, size = shared_files.replace_shared(WORKSPACE, "nü")
    assert (home / "workspaces" / WORKSPACE / "shared.md").read_text() == "nü"
    assert path.endswith(f"workspaces/{WORKSPACE}/shared.md")
    assert size == 3


def test_only_the_owner_may_look_and_nothing_else_is_left(home):
    shared_files.replace_shared(WORKSPACE, "text")
    folder = home / "workspaces" / WORKSPACE
    assert folder.stat().st_mode & 0o777 == 0o700
    assert os.listdir(folder) == ["shared.md"]


def test_a_planted_link_is_replaced_not_followed(home, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    folder = home / "workspaces" / WORKSPACE
    folder.mkdir(parents=True)
    (folder / "shared.md").symlink_to(victim)
    shared_files.replace_shared(WORKSPACE, "text")
    assert victim.read_text() == "mine"


def test_a_folder_in_the_way_is_a_render_error_and_leaves_no_part(home):
    folder = home / "workspaces" / WORKSPACE
    (folder / "shared.md").mkdir(parents=True)
    with pytest.raises(Failure) as caught:
        shared_files.replace_shared(WORKSPACE, "text")
    assert caught.value.code is Code.RENDER_ERROR
    assert os.listdir(folder) == ["shared.md"]
