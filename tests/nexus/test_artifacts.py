"""Artifacts: what may be stored, and that it comes back as it was."""

import json
from pathlib import Path

import pytest

from nexus.models import Artifact, Event
from tests.conftest import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def put(alice, project):
    def put(artifact_type="text", **more):
        return run("artifact_put", alice, project_root=project, artifact_type=artifact_type, **more)

    return put


@pytest.fixture
def get(alice, project):
    return lambda artifact_id: run("artifact_get", alice, project_root=project, artifact_id=artifact_id)


def code_of(body):
    return body["error"]["code"]


@pytest.mark.parametrize(
    ("artifact_type", "content"),
    [
        ("text", ""), ("text", "null"), ("text", '{"a":1}'), ("text", "[1]"), ("markdown", "# ü\r\n\t"),
        ("json", '{"a": 1}'), ("json", "[1]"), ("json", '"x"'), ("json", " 1 "), ("json", "9" * 5000),
    ],
)  # fmt: skip
def test_content_comes_back_byte_for_byte(put, get, artifact_type, content):
    stored = put(artifact_type, content=content)["data"]
    found = get(stored["artifact_id"])["data"]
    assert found["content"] == content
    assert found["size_bytes"] == len(content.encode())


def test_metadata_comes_back_as_the_value_it_was(put, get):
    stored = put(content="x", metadata={"kind": "decision", "n": [1, None]})["data"]
    assert get(stored["artifact_id"])["data"]["metadata"] == {"kind": "decision", "n": [1, None]}


def test_types_are_read_in_any_case(put):
    assert put("MarkDown", content="x")["data"]["artifact_type"] == "markdown"


@pytest.mark.parametrize("artifact_type", ["", "pdf", None, 1])
def test_an_unknown_type_is_refused(put, artifact_type):
    assert code_of(put(artifact_type, content="x")) == "VALIDATION_ERROR"


def test_an_artifact_needs_content_or_a_path(put):
    assert code_of(put()) == "VALIDATION_ERROR"


@pytest.mark.parametrize("content", [1, {"a": 1}, ["x"]])
def test_content_is_text_and_nothing_else(put, content):
    assert code_of(put("json", content=content)) == "VALIDATION_ERROR"


@pytest.mark.parametrize("content", ["{", "NaN", "", "[" * 60_000, "01"])
def test_a_json_artifact_must_be_well_formed(put, content):
    assert code_of(put("json", content=content)) == "VALIDATION_ERROR"


def test_size_is_judged_before_json(put):
    assert code_of(put("json", content="{" * 65_537)) == "CONTENT_TOO_LARGE"


def test_the_inline_limit_is_inclusive(put):
    assert put(content="x" * 65_536)["ok"]


def test_a_file_is_stored_by_path_with_its_size(put, get, project):
    Path(project, "notes.md").write_text("four")
    stored = put("file", path="notes.md")["data"]
    assert (stored["stored"], stored["path"], stored["size_bytes"]) == ("path", "notes.md", 4)
    assert "content" not in get(stored["artifact_id"])["data"]


@pytest.mark.parametrize("path", ["../x", "/etc/passwd"])
@pytest.mark.parametrize("more", [{}, {"content": "x"}])
def test_a_path_that_leads_out_fails_the_whole_put(put, path, more):
    assert code_of(put("file", path=path, **more)) == "PATH_OUTSIDE_WORKSPACE"
    assert not Artifact.objects.exists()


def test_a_path_beside_content_need_not_exist(put):
    assert put(content="x", path="later.txt")["data"]["stored"] == "inline"


def test_a_missing_file_is_refused(put):
    assert code_of(put("file", path="none.txt")) == "VALIDATION_ERROR"


def test_put_tells_the_log_without_the_content(put):
    stored = put(content="very secret")["data"]
    event = Event.objects.get()
    assert json.loads(event.payload)["artifact_id"] == stored["artifact_id"]
    assert "secret" not in event.payload


def test_an_artifact_of_another_workspace_is_not_found(put, alice, tmp_path):
    stored = put(content="x")["data"]
    other = tmp_path / "other"
    other.mkdir()
    body = run("artifact_get", alice, project_root=str(other), artifact_id=stored["artifact_id"])
    assert code_of(body) == "NOT_FOUND"
