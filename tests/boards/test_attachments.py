"""Files of cards: what is taken, where it lies, what is swept."""

import base64
import os
import stat
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from boards import attachment_files, file_types
from boards.models import Attachment
from boards.queries import attachments
from pulse_project.core import clock
from pulse_project.core.errors import Failure
from pulse_project.core.models import DomainEvent
from pulse_project.core.sqlite.room import StorageFull
from tests.boards.making import make_card, make_member, make_spec
from tests.conftest import run

MIB = 1024 * 1024


@pytest.fixture
def card(board):
    return make_card(make_spec(board))


def sent(content):
    return base64.b64encode(content).decode()


def upload(caller, card, content=b"hello", **over):
    given = {"filename": "notes.txt", "content_base64": sent(content), **over}
    return run("okto_pulse_upload_attachment", caller, card_id=str(card.pk), **given)


def files_of(board):
    folder = attachment_files.folder() / str(board.pk)
    return sorted(folder.iterdir()) if folder.exists() else []


def age(path):
    past = time.time() - 2 * attachment_files.ORPHAN_SECONDS
    os.utime(path, (past, past))


def make_row(card, **over):
    fields = {
        "filename": "x", "stored_name": os.urandom(8).hex(), "mime_type": "text/plain", "size": 1, "sha256": "0" * 64,
        "uploaded_by": "alice", **over,
    }  # fmt: skip
    return Attachment.objects.create(entity=card, **fields)


def test_a_file_is_kept_with_its_published_keys(board, alice, card):
    kept = upload(alice, card, mime_type="Text/Plain; charset=utf-8")["attachment"]
    assert (kept["filename"], kept["mime_type"], kept["size"], kept["uploaded_by"]) == (
        "notes.txt", "text/plain", 5, "alice",
    )  # fmt: skip
    assert [path.read_bytes() for path in files_of(board)] == [b"hello"]


def test_a_stored_name_says_nothing_and_is_for_the_owner_only(board, alice, card):
    upload(alice, card, filename="../../etc/passwd")
    (path,) = files_of(board)
    assert path.name.isalnum()
    assert "passwd" not in path.name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_files_are_listed_oldest_first(alice, card):
    names = [upload(alice, card, filename=name)["attachment"]["filename"] for name in ("a.txt", "b.txt")]
    rows = run("okto_pulse_list_attachments", alice, card_id=str(card.pk))["result"]
    assert [row["filename"] for row in rows] == names == ["a.txt", "b.txt"]


def test_a_line_broken_base64_is_read(board, alice, card):
    upload(alice, card, content_base64=base64.encodebytes(b"x" * 200).decode())
    assert files_of(board)[0].read_bytes() == b"x" * 200


@pytest.mark.parametrize("content", ["", "  ", "no base64!", "abc", "Ã©"])
def test_what_is_no_base64_is_refused(board, alice, card, content):
    refused = upload(alice, card, content_base64=content)
    assert (refused["code"], files_of(board)) == ("VALIDATION_ERROR", [])


@pytest.mark.parametrize("source", [{"file_path": "/etc/hosts"}, {"file_url": "http://127.0.0.1/"}])
def test_the_server_neither_reads_files_nor_fetches_addresses(board, alice, card, source):
    refused = upload(alice, card, **source)
    assert (refused["code"], files_of(board)) == ("SOURCE_NOT_ALLOWED", [])
    assert "content_base64" in refused["error"]


@pytest.mark.parametrize("mime_type", ["", "html", "text/html\r\nX: y", "a/b/c", "text/" + "x" * 150])
def test_what_is_no_media_type_is_refused(alice, card, mime_type):
    assert upload(alice, card, mime_type=mime_type)["code"] == "VALIDATION_ERROR"


def test_ten_mebibytes_are_taken_and_no_byte_more(alice, card):
    assert attachment_files.MAX_FILE_BYTES == 10 * MIB
    assert upload(alice, card, b"x" * (10 * MIB + 1))["code"] == "CONTENT_TOO_LARGE"
    assert upload(alice, card, b"x" * (10 * MIB))["attachment"]["size"] == 10 * MIB


def test_a_hundred_files_are_the_most_of_a_card(board, alice, card):
    for _ in range(100):
        make_row(card)
    refused = upload(alice, card)
    assert (refused["code"], refused["details"]["limit"], files_of(board)) == ("LIMIT_EXCEEDED", 100, [])


def test_a_gibibyte_is_the_most_of_a_board(alice, card):
    make_row(make_card(card.spec), size=1024 * MIB - 4)
    refused = upload(alice, card, b"hello")
    assert (refused["code"], refused["details"]["used"]) == ("LIMIT_EXCEEDED", 1024 * MIB - 4)
    assert upload(alice, card, b"four")["success"] is True


def test_nothing_is_written_for_who_may_not(board, mallory, card):
    bob = make_member(board, "bob", overrides=["card.attachments.upload"])
    denied, hidden = upload(bob, card), upload(mallory, card)
    assert (denied["details"]["required_permission"], hidden["code"]) == ("card.attachments.upload", "NOT_FOUND")
    assert files_of(board) == []


def test_files_are_work_on_a_card_in_its_status(board, card):
    bob = make_member(board, "bob", overrides=["card.interact_in.not_started"])
    assert upload(bob, card)["details"]["required_permission"] == "card.interact_in.not_started"


def test_an_archived_card_takes_and_loses_no_file(board, alice, card):
    kept = upload(alice, card)["attachment"]
    card.archived_at = clock.now()
    card.save(update_fields=["archived_at"])
    refused = [upload(alice, card), run("okto_pulse_delete_attachment", alice, attachment_id=kept["id"])]
    assert [one["code"] for one in refused] == ["GATE_BLOCKED"] * 2
    assert len(files_of(board)) == 1


def test_a_deleted_file_leaves_the_disk_after_the_commit(board, alice, card, django_capture_on_commit_callbacks):
    kept = upload(alice, card)["attachment"]
    with django_capture_on_commit_callbacks(execute=True):
        run("okto_pulse_delete_attachment", alice, attachment_id=kept["id"])
        assert len(files_of(board)) == 1
    assert (files_of(board), Attachment.objects.count()) == ([], 0)


def test_a_file_is_deleted_through_its_own_card_only(alice, card):
    kept = upload(alice, card)["attachment"]
    other = make_card(card.spec)
    refused = run("okto_pulse_delete_attachment", alice, attachment_id=kept["id"], card_id=str(other.pk))
    assert refused["code"] == "NOT_FOUND"
    assert run("okto_pulse_get_attachment", alice, attachment_id=kept["id"], card_id=str(card.pk)) == kept


@pytest.mark.parametrize(
    ("tool", "flag"),
    [
        ("delete_attachment", "card.attachments.delete"),
        ("get_attachment", "card.attachments.read"),
        ("list_attachments", "card.attachments.read"),
    ],
)
def test_each_operation_asks_for_its_flag_and_hides_the_file(board, alice, mallory, card, tool, flag):
    kept = upload(alice, card)["attachment"]
    given = {"card_id": str(card.pk)} if tool == "list_attachments" else {"attachment_id": kept["id"]}
    refused = run(f"okto_pulse_{tool}", make_member(board, "bob", overrides=[flag]), **given)
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)
    assert run(f"okto_pulse_{tool}", mallory, **given)["code"] == "NOT_FOUND"


def test_files_are_told_on_their_card(alice, card):
    kept = upload(alice, card)["attachment"]
    run("okto_pulse_delete_attachment", alice, attachment_id=kept["id"])
    events = DomainEvent.objects.filter(entity_id=str(card.pk)).order_by("seq")
    assert [event.type for event in events] == ["attachment.uploaded", "attachment.deleted"]
    assert {event.payload["attachment_id"] for event in events} == {kept["id"]}


def test_a_repeat_with_its_key_answers_the_first_file(alice, card):
    first, again = (upload(alice, card, idempotency_key="k") for _ in range(2))
    assert (first["attachment"]["id"], Attachment.objects.count()) == (again["attachment"]["id"], 1)


def test_the_sweep_takes_old_files_without_a_row_alone(board, alice, card):
    upload(alice, card)
    (kept,) = files_of(board)
    orphan = attachment_files.folder() / str(board.pk) / attachment_files.write(board.pk, b"lost").name
    fresh = attachment_files.folder() / str(board.pk) / attachment_files.write(board.pk, b"new").name
    age(kept)
    age(orphan)
    attachment_files.sweep()
    assert files_of(board) == sorted([kept, fresh])


def test_the_sweep_removes_the_folder_of_a_board_that_is_gone(board):
    path = attachment_files.folder() / str(board.pk) / attachment_files.write(board.pk, b"lost").name
    age(path)
    attachment_files.sweep()
    age(path.parent)
    attachment_files.sweep()
    assert not path.parent.exists()


def test_all_files_of_a_board_go_at_once(board, alice, card):
    upload(alice, card)
    upload(alice, card)
    attachment_files.remove_all_of(board.pk)
    attachment_files.remove_all_of(board.pk)
    assert not (attachment_files.folder() / str(board.pk)).exists()


def test_a_link_in_the_place_of_a_file_is_not_followed(board, alice, card, tmp_path):
    upload(alice, card)
    (path,) = files_of(board)
    path.unlink()
    (tmp_path / "secret").write_text("x")
    path.symlink_to(tmp_path / "secret")
    with pytest.raises(Failure, match="gone"):
        attachment_files.open_file(board.pk, path.name)


def test_a_full_disk_refuses_the_upload(board, alice, card, monkeypatch):
    def full(_room):
        raise StorageFull("no room")

    monkeypatch.setattr("boards.attachment_files.Room.demand", full)
    refused = upload(alice, card)
    assert (refused["code"], refused["details"]["reason"]) == ("DB_ERROR", "storage_full")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("a/b\\c.txt", "c.txt"),
        ("..", "file"),
        ("", "file"),
        ("e\u0301.txt", "\u00e9.txt"),
        ("a\r\nX-Evil: 1.txt", "aX-Evil: 1.txt"),
        ("\u202egnp.exe", "gnp.exe"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        (" .hidden ", "hidden"),
    ],
)
def test_a_name_is_made_safe(given, name):
    assert file_types.safe_name(given) == name


@pytest.mark.parametrize(
    ("head", "served"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"<svg onload=alert(1)>", "text/plain; charset=utf-8"),
        ("naïve".encode()[:4], "text/plain; charset=utf-8"),
        (b"\x00\x01", "application/octet-stream"),
        (b"\x1b[31m", "application/octet-stream"),
        (b"caf\xe9 latin", "application/octet-stream"),
    ],
)
def test_a_file_is_served_as_what_its_bytes_say(head, served):
    assert file_types.served_as(head) == served


def test_a_name_in_a_header_is_encoded():
    found = file_types.disposition('a"b;é.txt')
    assert found == b"attachment; filename=\"a_b;_.txt\"; filename*=UTF-8''a%22b%3B%C3%A9.txt"


@pytest.mark.parametrize("count", [3, 30])
def test_files_of_any_number_of_cards_cost_one_query(board, alice, count):
    spec = make_spec(board)
    cards = [make_card(spec) for _ in range(count)]
    for card in cards:
        make_row(card)
    with CaptureQueriesContext(connection) as queries:
        found = attachments.by_entity([card.pk for card in cards])
    assert ({len(rows) for rows in found.values()}, len(queries)) == ({1}, 1)
