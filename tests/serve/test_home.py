"""The home folder is private from the first moment."""

import stat

import pytest

from pulse_project.core import conf, home
from pulse_project.core.conf import ConfigError


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_home_is_private(tmp_path):
    home.ensure(conf.Settings(home=str(tmp_path / "a" / "b")))
    assert _mode(tmp_path / "a" / "b") == 0o700


def test_an_open_home_and_its_files_are_closed(tmp_path):
    tmp_path.chmod(0o755)
    link, store = tmp_path / "admin-link", tmp_path / "pulse.sqlite3-wal"
    for path in (link, store):
        path.touch()
        path.chmod(0o644)
    home.ensure(conf.Settings(home=str(tmp_path)))
    assert [_mode(path) for path in (tmp_path, link, store)] == [0o700, 0o600, 0o600]


def test_a_home_that_is_a_file_is_refused_by_name(tmp_path):
    place = tmp_path / "home"
    place.touch()
    with pytest.raises(ConfigError, match=str(place)):
        home.ensure(conf.Settings(home=str(place)))


def test_a_file_that_is_no_store_keeps_its_rights(tmp_path):
    other = tmp_path / "hosts"
    other.write_text("127.0.0.1 localhost\n")
    other.chmod(0o644)
    home.ensure(conf.Settings(home=str(tmp_path / "home"), db_path=str(other)))
    assert _mode(other) == 0o644


def test_a_store_outside_the_home_is_closed(tmp_path):
    store = tmp_path / "events.db"
    store.write_bytes(home.SQLITE_HEADER + b"more")
    store.chmod(0o644)
    home.ensure(conf.Settings(home=str(tmp_path / "home"), db_path=str(store)))
    assert _mode(store) == 0o600
