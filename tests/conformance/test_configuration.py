"""Configuration: published names, defaults and bounds; command line before environment; nothing is guessed."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pulse_project.core import boot, conf, settings_store
from pulse_project.core.conf import ConfigError

ROOT = Path(__file__).resolve().parents[2]

# published name -> default, minimum
PUBLISHED: dict[str, tuple[Any, int | None]] = {
    "BUSY_TIMEOUT_MS": (5000, 0),
    "POLL_INTERVAL_MS": (200, 1),
    "MAX_WAIT_TIMEOUT_SECONDS": (30, 0),
    "HANDOFF_LEASE_TTL_SECONDS": (300, 1),
    "MAX_INLINE_BYTES": (65_536, 1),
    "INBOX_LEASE_TTL_SECONDS": (300, 1),
    "SESSION_STALE_TTL_SECONDS": (60, 1),
    "PRESENCE_TTL_SECONDS": (1800, 1),
    "SESSION_REAP_SECONDS": (86_400, 1),
    "MAX_SHARED_MD_EVENTS": (1000, 1),
    "MAX_EVENT_LIMIT": (1000, 1),
    "RETENTION_EVENTS_KEEP_DAYS": (30, 0),
    "RETENTION_READ_DELIVERIES_KEEP_DAYS": (14, 0),
    "RETENTION_CLOSED_SESSIONS_KEEP_DAYS": (7, 0),
    "TRUST_MODE": ("open", None),
    "AUTO_PRUNE_ON_START": (False, None),
}
NUMBERS = [(name, minimum) for name, (_, minimum) in PUBLISHED.items() if minimum is not None]


@pytest.fixture(autouse=True)
def _untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "_resolved", conf._resolved)
    monkeypatch.setattr(conf, "_pinned", dict(conf._pinned))


def loaded(env: dict[str, str], *arguments: str) -> conf.Settings:
    """The settings that a start with this environment and command line would use."""
    return conf.load(boot.split(arguments)[0], env).settings


@pytest.mark.parametrize(("name", "published"), PUBLISHED.items())
def test_a_setting_has_its_published_default(name: str, published: Any) -> None:
    assert getattr(loaded({}), name.lower()) == published[0]


@pytest.mark.parametrize(("name", "minimum"), NUMBERS)
def test_a_number_is_read_by_both_names_and_refused_below_its_minimum(name: str, minimum: int) -> None:
    for prefix in ("OKTO_NEXUS_", "PULSE_"):
        assert getattr(loaded({prefix + name: str(minimum)}), name.lower()) == minimum
        with pytest.raises(ConfigError, match=name.lower()):
            loaded({prefix + name: str(minimum - 1)})


@pytest.mark.parametrize("text", ["", " ", "x", "1.5", "1e3", "0x10", "none", "true"])
@pytest.mark.parametrize("name", [name for name, _ in NUMBERS])
def test_what_is_no_whole_number_stops_the_start(name: str, text: str) -> None:
    with pytest.raises(ConfigError):
        loaded({f"OKTO_NEXUS_{name}": text})


@pytest.mark.parametrize("spelling", ["--max-inline-bytes 7", "--max-inline-bytes=7"])
def test_the_command_line_wins_over_the_environment(spelling: str) -> None:
    env = {"OKTO_NEXUS_MAX_INLINE_BYTES": "9"}
    assert (loaded(env).max_inline_bytes, loaded(env, *spelling.split()).max_inline_bytes) == (9, 7)


def test_the_environment_wins_over_the_store_and_the_store_over_the_default() -> None:
    conf.load({}, {"OKTO_NEXUS_MAX_EVENT_LIMIT": "50"})
    settings = conf.apply_stored({"max_event_limit": 60, "max_inline_bytes": 2048}).settings
    assert (settings.max_event_limit, settings.max_inline_bytes, settings.poll_interval_ms) == (50, 2048, 200)
    assert [conf.resolved().sources[n] for n in ("max_event_limit", "max_inline_bytes", "poll_interval_ms")] == [
        "env", "stored", "default",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [(text, True) for text in ("true", "1", "yes", "on", "TRUE")] + [(t, False) for t in ("false", "0", "no", "off")],
)
def test_a_switch_is_read_in_its_published_words(text: str, value: bool) -> None:
    assert loaded({"OKTO_NEXUS_AUTO_PRUNE_ON_START": text}).auto_prune_on_start is value


@pytest.mark.parametrize(
    "env",
    [{"OKTO_NEXUS_AUTO_PRUNE_ON_START": "maybe"}, {"OKTO_NEXUS_AUTO_PRUNE_ON_START": ""},
     {"OKTO_NEXUS_TRUST_MODE": "Strict"}, {"OKTO_NEXUS_TRUST_MODE": ""},
     {"OKTO_NEXUS_MAX_EVENT_LIMIT": "5", "PULSE_MAX_EVENT_LIMIT": "6"}],
)  # fmt: skip
def test_a_word_outside_the_vocabulary_stops_the_start(env: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        loaded(env)


def test_paths_are_expanded_and_the_database_lies_in_the_home() -> None:
    settings = loaded({"OKTO_NEXUS_HOME": "~/somewhere"})
    assert settings.home_path == Path.home() / "somewhere"
    assert settings.sqlite_path.parent == settings.home_path
    assert loaded({"OKTO_NEXUS_DB_PATH": "~/x.db"}).sqlite_path == Path.home() / "x.db"


def test_a_relative_path_is_that_of_the_folder_one_starts_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert loaded({}, "--db-path", "x.db").sqlite_path == tmp_path / "x.db"


# runtime setting -> range of a change while running
RANGES: dict[str, tuple[int, int] | None] = {
    "session_stale_ttl_seconds": (5, 3600),
    "presence_ttl_seconds": (60, 86_400),
    "session_reap_seconds": (300, 604_800),
    "handoff_lease_ttl_seconds": (30, 86_400),
    "inbox_lease_ttl_seconds": (30, 86_400),
    "max_wait_timeout_seconds": (1, 300),
    "poll_interval_ms": (50, 5000),
    "busy_timeout_ms": (100, 60_000),
    "max_event_limit": (10, 10_000),
    "max_shared_md_events": (10, 10_000),
    "max_inline_bytes": (1024, 1_048_576),
    "retention_events_keep_days": (1, 3650),
    "retention_read_deliveries_keep_days": (1, 3650),
    "retention_closed_sessions_keep_days": (1, 3650),
    "trust_mode": None,
    "auto_prune_on_start": None,
    "inbox_read_receipts": None,
}
ITEM = {
    "key", "type", "description", "value", "default", "min", "max", "choices", "source", "editable", "requires_restart",
}  # fmt: skip


@pytest.mark.parametrize(("key", "bounds"), RANGES.items())
def test_a_runtime_setting_is_listed_with_its_range(key: str, bounds: tuple[int, int] | None) -> None:
    (item,) = [dict(item) for item in settings_store.describe() if item["key"] == key]
    assert set(item) == ITEM
    assert (item["min"], item["max"]) == (bounds or (None, None))
    assert item["requires_restart"] is (key == "busy_timeout_ms")


def test_types_and_choices_are_spelt_as_published() -> None:
    items = {item["key"]: item for item in settings_store.describe()}
    assert {items[key]["type"] for key, bounds in RANGES.items() if bounds} == {"int"}
    assert (items["trust_mode"]["type"], items["trust_mode"]["choices"]) == ("enum", ["open", "strict"])
    assert items["auto_prune_on_start"]["type"] == items["inbox_read_receipts"]["type"] == "bool"


def pulse(*arguments: str, home: Path | None = None, **env: str) -> "subprocess.CompletedProcess[str]":
    """One command line in an environment without any setting but these."""
    place = {"PULSE_HOME": str(home)} if home else {}
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **place, **env},
        capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        (["serve", "--bogus"], {}),
        (["serve", "extra"], {}),
        (["serve", "--po", "9000"], {}),
        (["serve", "--port"], {}),
        (["serve", "--port", "http"], {}),
        (["stdio_server", "--unknown=1"], {}),
        (["serve"], {"OKTO_NEXUS_POLL_INTERVAL_MS": "0"}),
        (["serve"], {"OKTO_NEXUS_TRUST_MODE": "paranoid"}),
        (["stdio_server"], {"OKTO_NEXUS_API_KEY": "nxs_" + "0" * 48}),
        (["tail", "--agent-id", "a", "--project-root", "."], {"OKTO_NEXUS_MAX_EVENT_LIMIT": "0"}),
        (["admin", "prune", "--project-root", "."], {"OKTO_NEXUS_RETENTION_EVENTS_KEEP_DAYS": "-1"}),
    ],
)
def test_a_wrong_configuration_ends_with_code_1_and_its_name(tmp_path: Path, arguments: list[str], env: Any) -> None:
    done = pulse(*arguments, home=tmp_path / "home", **env)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("[pulse] CONFIG_ERROR: ")
    assert done.stdout == ""


@pytest.mark.parametrize("home", ["", "/tmp", "/"])
def test_a_home_of_everybody_or_nowhere_is_refused_and_left_alone(home: str) -> None:
    before = Path(home or ".").stat().st_mode
    done = pulse("op", "nexus_info", PULSE_HOME=home)
    assert (done.returncode, "CONFIG_ERROR" in done.stderr) == (1, True)
    assert Path(home or ".").stat().st_mode == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["tail", "--project-root", "."],
        ["tail", "--agent-id", "a"],
        ["tail", "--agent-id", "a", "--project-root", ".", "--limit", "many"],
        ["admin"],
        ["admin", "polish"],
        ["admin", "prune", "--project-root", ".", "--events-keep-days", "x"],
    ],
)
def test_wrong_usage_ends_with_code_2(tmp_path: Path, arguments: list[str]) -> None:
    assert pulse(*arguments, home=tmp_path / "home").returncode == 2
