"""Which files a drain touches, dead letters beside them, and removing what is drained."""

import fcntl
import os
import subprocess
import sys

import pytest

from tests.telemetry.drains import (
    append,
    dead_letters,
    drain,
    names_in,
    numbered,
    run_of,
    stop_after,
    stored_numbers,
    write_lines,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def path(tmp_path):
    return write_lines(tmp_path / "queue.jsonl", numbered(1), numbered(2))


def _fault(path):
    (detail,) = drain(path)["details"]
    return detail["errors"]


# what is opened


def test_a_symbolic_link_is_not_followed(path):
    link = path.with_name("link.jsonl")
    link.symlink_to(path)
    assert _fault(link) == [{"line": 0, "error": "a symbolic link is not followed"}]
    assert stored_numbers() == []


def test_a_fifo_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe.jsonl")
    assert _fault(tmp_path / "pipe.jsonl") == [{"line": 0, "error": "not a regular file"}]


def test_a_file_of_another_user_is_refused(path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: os.stat(path).st_uid + 1)
    assert _fault(path) == [{"line": 0, "error": "it belongs to another user"}]


def test_an_odd_name_in_a_folder_does_not_stop_the_others(path):
    path.with_name("folder.jsonl").mkdir()
    summary = drain(path.parent)
    assert [detail["errors"] for detail in summary["details"]] == [[{"line": 0, "error": "not a regular file"}], []]
    assert summary["accepted"] == 2


def test_a_file_that_cannot_be_read_is_told_of(path, monkeypatch):
    real = os.open

    def closed(name, *rest, **options):
        if name == path.name:
            raise PermissionError(13, "Permission denied")
        return real(name, *rest, **options)

    monkeypatch.setattr(os, "open", closed)
    assert _fault(path) == [{"line": 0, "error": "it cannot be read: Permission denied"}]


def test_without_truncate_the_file_stays_as_it_is(path):
    before = path.read_bytes()
    drain(path)
    assert path.read_bytes() == before
    assert names_in(path.parent) == ["queue.jsonl"]


# dead letters


def test_a_bad_line_is_kept_beside_its_file(path):
    append(path, 'non"sense\x1b[31m\n')
    drain(path)
    assert dead_letters(path) == [
        {"line": 3, "error": "invalid JSON: Expecting value", "text": 'non"sense\x1b[31m'},
    ]


def test_the_file_of_dead_letters_shows_nothing_that_a_terminal_obeys(path):
    append(path, "\x1b[31m\u202e\n")
    drain(path)
    assert path.with_name("queue.jsonl.dead.jsonl").read_bytes().isascii()
    assert b"\x1b" not in path.with_name("queue.jsonl.dead.jsonl").read_bytes()


def test_bytes_that_are_no_text_are_kept_too(path):
    path.write_bytes(b"\xff\xfe\n")
    drain(path)
    assert dead_letters(path)[0]["base64"] == "//4="


def test_dead_letters_are_for_their_owner(path):
    append(path, "nonsense\n")
    drain(path)
    assert path.with_name("queue.jsonl.dead.jsonl").stat().st_mode & 0o077 == 0


def test_a_bad_line_is_kept_once(path):
    append(path, "nonsense\n")
    drain(path)
    drain(path, truncate=True)
    assert len(dead_letters(path)) == 1


def test_a_dead_letter_that_a_crash_cut_does_not_spoil_the_next(path):
    append(path, "nonsense\n")
    path.with_name("queue.jsonl.dead.jsonl").write_text('{"line": 1, "err')
    drain(path)
    content = path.with_name("queue.jsonl.dead.jsonl").read_text()
    assert content.splitlines()[1].startswith('{"line": 3')


def test_a_link_in_the_place_of_dead_letters_is_not_written_through(path, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    path.with_name("queue.jsonl.dead.jsonl").symlink_to(victim)
    append(path, "nonsense\n")
    _, notes = run_of(path)
    assert (victim.read_text(), len(notes)) == ("mine", 1)


def test_a_file_whose_dead_letters_cannot_be_kept_is_not_removed(path):
    path.with_name("queue.jsonl.dead.jsonl").mkdir()
    append(path, "nonsense\n")
    (detail,) = drain(path, truncate=True)["details"]
    assert not detail["truncated"]
    assert path.read_text().endswith("nonsense\n")


# truncating


def test_what_is_drained_is_removed(path):
    (detail,) = drain(path, truncate=True)["details"]
    assert (detail["truncated"], path.read_bytes(), names_in(path.parent)) == (True, b"", ["queue.jsonl"])


def test_the_new_file_has_the_rights_of_the_old(path):
    path.chmod(0o640)
    drain(path, truncate=True)
    assert path.stat().st_mode & 0o777 == 0o640


def test_bad_lines_do_not_stand_in_the_way(path):
    append(path, "nonsense\n")
    (detail,) = drain(path, truncate=True)["details"]
    assert (detail["skipped"], detail["truncated"], path.read_bytes()) == (1, True, b"")


def test_an_empty_file_counts_as_truncated(path):
    path.write_text("")
    assert drain(path, truncate=True)["details"][0]["truncated"]


def test_half_a_line_is_not_truncated_away(path):
    append(path, numbered(3)[:20])
    assert not drain(path, truncate=True)["details"][0]["truncated"]
    append(path, numbered(3)[20:] + "\n")
    assert drain(path, truncate=True)["details"][0]["truncated"]
    assert stored_numbers() == [1, 2, 3]


def test_nothing_is_remembered_of_a_file_that_is_removed(path):
    from telemetry.models import DrainPosition

    drain(path, truncate=True)
    assert not DrainPosition.objects.exists()


def test_a_producer_that_keeps_its_file_open_loses_nothing(path):
    with path.open("a") as producer:
        assert not drain(path, truncate=True)["details"][0]["truncated"]
        producer.write(f"{numbered(3)}\n")
    assert drain(path, truncate=True)["accepted"] == 1
    assert (stored_numbers(), names_in(path.parent)) == ([1, 2, 3], ["queue.jsonl"])


def test_without_looking_for_producers_it_would_lose_it(path, monkeypatch):
    from telemetry.drain import claims

    monkeypatch.setattr(claims, "is_let_go", lambda source: True)
    with path.open("a") as producer:
        drain(path, truncate=True)
        producer.write(f"{numbered(3)}\n")
    drain(path, truncate=True)
    assert stored_numbers() == [1, 2]


def test_where_leases_are_unknown_a_fresh_file_is_left_alone(path, monkeypatch):
    monkeypatch.delattr(fcntl, "F_SETLEASE")
    drain(path, truncate=True)
    (claim,) = [name for name in names_in(path.parent) if name.endswith(".draining")]
    os.utime(path.with_name(claim), (1, 1))
    drain(path)
    assert names_in(path.parent) == ["queue.jsonl"]


def test_what_a_crashed_run_has_taken_is_drained_and_removed(path):
    path.rename(path.with_name("queue.jsonl.123-4.draining"))
    write_lines(path, numbered(3))
    assert drain(path)["accepted"] == 3
    assert names_in(path.parent) == ["queue.jsonl"]


def test_it_is_found_in_a_folder_too(path):
    path.rename(path.with_name("queue.jsonl.123-4.draining"))
    assert drain(path.parent)["accepted"] == 2
    assert names_in(path.parent) == []


def test_half_a_line_that_nobody_can_finish_becomes_a_dead_letter(path):
    append(path, numbered(3)[:20])
    path.rename(path.with_name("queue.jsonl.123-4.draining"))
    summary = drain(path.parent)
    assert (summary["skipped"], dead_letters(path)[0]["text"]) == (1, numbered(3)[:20])


def test_a_file_that_another_drain_removes_is_left_to_it(path):
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert not drain(path, truncate=True)["details"][0]["truncated"]
    assert path.stat().st_size > 0


def test_a_run_that_is_stopped_removes_nothing(path):
    write_lines(path, *map(numbered, range(1500)))
    drain(path, truncate=True, is_stopped=stop_after(2))
    assert path.stat().st_size > 0
    assert drain(path, truncate=True)["accepted"] == 500


PRODUCER = """
import json, sys, time
path, how = sys.argv[1:]
kept = open(path, "a", buffering=8192 if how == "buffered" else 1) if how != "reopen" else None
for n in range(4000):
    line = json.dumps({"event_type": "note", "version": 1, "payload": {"n": n}}) + "\\n"
    if how == "reopen":
        with open(path, "a") as file:
            file.write(line)
    else:
        kept.write(line)
    if n % 20 == 0:
        time.sleep(0.002)
"""


@pytest.mark.parametrize("how", ["reopen", "keep", "buffered"])
def test_a_producer_beside_a_truncating_drain_loses_nothing(tmp_path, how):
    path = tmp_path / "queue.jsonl"
    path.touch()
    producer = subprocess.Popen([sys.executable, "-c", PRODUCER, str(path), how])
    while producer.poll() is None:
        drain(path, truncate=True)
    drain(path, truncate=True)
    assert (producer.returncode, names_in(tmp_path)) == (0, ["queue.jsonl"])
    assert stored_numbers() == list(range(4000))
