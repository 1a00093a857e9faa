"""The secret key of an install, and what never reaches a log."""

import logging
import stat
import threading
from pathlib import Path
from typing import Any

import pytest


def settings_of(home: Path, **over: Any) -> Any:
    from pulse_project.core.conf import Settings

    return Settings(home=str(home), **over)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    from pulse_project.core.secret_key import secret_key

    home = tmp_path / "new" / "home"
    key = secret_key(settings_of(home))
    assert len(bytes.fromhex(key)) == 50
    assert (mode(home), mode(home / "secret_key")) == (0o700, 0o600)
    assert secret_key(settings_of(home)) == key


def test_a_key_of_the_environment_wins_and_leaves_no_file(tmp_path: Path) -> None:
    from pulse_project.core.secret_key import secret_key

    assert secret_key(settings_of(tmp_path, secret_key="given")) == "given"
    assert not (tmp_path / "secret_key").exists()


def test_starts_at_the_same_time_agree(tmp_path: Path) -> None:
    from pulse_project.core.secret_key import secret_key

    keys: list[str] = []
    gate = threading.Barrier(8)

    def start() -> None:
        gate.wait()
        keys.append(secret_key(settings_of(tmp_path)))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_an_open_home_and_an_open_file_are_closed(tmp_path: Path) -> None:
    from pulse_project.core.secret_key import secret_key

    secret_key(settings_of(tmp_path))
    tmp_path.chmod(0o755)
    (tmp_path / "secret_key").chmod(0o644)
    secret_key(settings_of(tmp_path))
    assert (mode(tmp_path), mode(tmp_path / "secret_key")) == (0o700, 0o600)


@pytest.mark.parametrize("make", [lambda path: path.write_text(""), lambda path: path.symlink_to("/etc/hostname")])
def test_an_empty_key_and_a_link_stop_the_start(tmp_path: Path, make: Any) -> None:
    from pulse_project.core.conf import ConfigError
    from pulse_project.core.secret_key import secret_key

    make(tmp_path / "secret_key")
    with pytest.raises(ConfigError):
        secret_key(settings_of(tmp_path))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a\\x0ab"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b", "\\x9b"),
        ("\u202eevil", "\\u202eevil"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("caf\u00e9 \u65e5\u672c", "caf\u00e9 \u65e5\u672c"),
    ],
)
def test_control_characters_are_shown_not_obeyed(text: str, shown: str) -> None:
    from pulse_project.core.logs_format import printable

    assert printable(text) == shown


SECRETS = ["nxs_" + "ab" * 24, "dash_" + "cd" * 24]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("line", ["GET /mcp?api_key={} HTTP/1.1", "Bearer {}", "key={}."])
def test_a_log_line_holds_no_key(line: str, secret: str) -> None:
    from pulse_project.core.logs_format import without_secrets

    assert secret not in without_secrets(line.format(secret))


def test_a_log_line_holds_no_link() -> None:
    from pulse_project.core.logs_format import without_secrets

    assert "tok" not in without_secrets("GET /login/link/tok_123-x/ 200")


def test_a_record_is_one_line_even_with_a_traceback() -> None:
    from pulse_project.core.logs_format import OneLine

    try:
        raise ValueError("first\nforged 200 OK")
    except ValueError as error:
        fault = (type(error), error, error.__traceback__)
    record = logging.LogRecord("pulse", logging.ERROR, __file__, 1, "name=%s", ("x\r\ny",), fault)
    line = OneLine().format(record)
    assert "\n" not in line
    assert "\r" not in line
    assert "ValueError" in line


def test_strangers_cannot_fill_the_log() -> None:
    from pulse_project.core.logs_format import NotOfStrangers

    said = ["Invalid HTTP request received.", "ASGI callable returned without completing handshake.", "A fault"]
    records = [logging.LogRecord("uvicorn.error", logging.ERROR, __file__, 1, text, (), None) for text in said]
    assert [NotOfStrangers().filter(record) for record in records] == [False, False, True]


def test_what_an_error_repeats_is_short_and_printable() -> None:
    from pulse_project.core.logs_format import echoed

    assert echoed("alice") == "alice"
    assert echoed("a\x1b\u202e" + "b" * 200) == "a\ufffd\ufffd" + "b" * 77
