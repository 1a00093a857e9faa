"""Paths of artifacts: inside the workspace, an ordinary file, nothing else."""

import os

import pytest

from nexus.containment import locate
from pulse_project.core.errors import Code, Failure


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "project"
    (root / "docs").mkdir(parents=True)
    (root / "docs" / "notes.md").write_bytes(b"hello")
    (tmp_path / "secret.txt").write_text("no")
    return root


def refusal(root, path):
    with pytest.raises(Failure) as caught:
        locate(str(root), path)
    return caught.value


@pytest.mark.parametrize("path", ["docs/notes.md", "./docs//notes.md", "docs/../docs/notes.md"])
def test_a_file_inside_is_found_with_its_size(root, path):
    found = locate(str(root), path)
    assert found.relative == "docs/notes.md"
    assert found.size_bytes == 5


def test_an_absolute_path_inside_is_found(root):
    assert locate(str(root), str(root / "docs" / "notes.md")).relative == "docs/notes.md"


@pytest.mark.parametrize(
    "path", ["../secret.txt", "docs/../../secret.txt", "/etc/passwd", "../project/docs/notes.md", ".."]
)
def test_a_path_that_leaves_the_root_is_refused(root, path):
    assert refusal(root, path).code is Code.PATH_OUTSIDE_WORKSPACE


@pytest.mark.parametrize("target", ["/etc/passwd", "../secret.txt", "/etc", "../../../../etc/passwd"])
def test_a_link_that_leads_out_is_refused(root, target):
    (root / "link").symlink_to(target)
    assert refusal(root, "link").code is Code.PATH_OUTSIDE_WORKSPACE


def test_a_folder_link_that_leads_out_is_refused(root):
    (root / "folder").symlink_to("..")
    assert refusal(root, "folder/secret.txt").code is Code.PATH_OUTSIDE_WORKSPACE


@pytest.mark.parametrize("target", ["docs/notes.md", "./docs/../docs/notes.md"])
def test_a_link_that_stays_inside_is_followed(root, target):
    (root / "link").symlink_to(target)
    assert locate(str(root), "link").relative == "docs/notes.md"


def test_an_absolute_link_that_stays_inside_is_followed(root):
    (root / "docs" / "link").symlink_to(root / "docs")
    assert locate(str(root), "docs/link/notes.md").relative == "docs/notes.md"


def test_links_in_a_circle_are_refused(root):
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    assert refusal(root, "a").details["reason"] == "unreadable"


@pytest.mark.parametrize("path", ["docs", ".", "docs/"])
def test_a_folder_is_no_artifact(root, path):
    assert refusal(root, path).details["reason"] == "not_regular"


def test_a_pipe_is_no_artifact_and_does_not_block(root):
    os.mkfifo(root / "pipe")
    assert refusal(root, "pipe").details["reason"] == "not_regular"


@pytest.mark.parametrize("path", ["absent.md", "docs/notes.md/deeper"])
def test_a_missing_file_is_refused_with_its_reason(root, path):
    assert refusal(root, path).details["reason"] == "missing"


@pytest.mark.parametrize("path", ["", "a\0b", "\ud800", "x" * 5000])
def test_an_impossible_path_is_a_validation_error(root, path):
    assert refusal(root, path).code is Code.VALIDATION_ERROR


def test_no_descriptor_stays_open(root):
    before = len(os.listdir("/proc/self/fd"))
    for path in ("docs/notes.md", "../secret.txt", "absent"):
        try:
            locate(str(root), path)
        except Failure:
            continue
    assert len(os.listdir("/proc/self/fd")) == before
