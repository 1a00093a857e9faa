"""Every setting of Pulse, declared once: environment, command line, runtime store, admin form and docs read this table.

Standard library only, because `core.boot` reads it before Django exists.
Precedence: command line > environment > stored > default. An invalid value stops the start.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

Value = str | int | bool | None


class ConfigError(Exception):
    """Invalid configuration: reported as CONFIG_ERROR, exit code 1, nothing started."""


@dataclass(frozen=True)
class Setting:
    """One declared setting. `minimum` binds at start, `runtime` (low, high) a change while running; False = fixed."""

    name: str
    type: type
    default: Value
    help: str
    env: tuple[str, ...]
    flag: str
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    runtime: tuple[int, int] | bool = False
    requires_restart: bool = False
    secret: bool = False

    @property
    def editable(self) -> bool:
        return bool(self.runtime)


def _declare(default: Value, help: str, **options: Any) -> Any:
    return field(default=default, metadata={"help": help, **options})


def _bus(**options: Any) -> dict[str, Any]:
    """Settings of the bus keep the published names `OKTO_NEXUS_*` beside `PULSE_*`."""
    return {"bus": True, **options}


@dataclass(frozen=True)
class Settings:
    """The values in force. Immutable: a runtime change publishes a new object, readers never see half a change."""

    # place and listeners
    home: str = _declare("~/.pulse", "Folder that holds the database, files and locks.", **_bus())
    db_path: str = _declare("", "SQLite file; empty = {home}/pulse.sqlite3.", **_bus(flags=("--db-path", "--db")))
    database_url: str = _declare("", "postgresql://… selects PostgreSQL.", env=("DATABASE_URL",), secret=True)
    host: str = _declare("127.0.0.1", "Address to listen on.", **_bus())
    port: int = _declare(8100, "Port to listen on.", minimum=0, maximum=65535, **_bus())
    mcp_port: int = _declare(0, "Second port that serves /mcp and health only; 0 = none.", minimum=0, maximum=65535)
    uds: str = _declare("", "Unix socket (mode 0600) to listen on instead of a port.")
    project_root: str = _declare("", "Folder whose workspace is the default one; empty = the current folder.", **_bus())
    workspace_roots: str = _declare("", "Colon-separated folders that remote agents may name; empty = --project-root.")
    behind_proxy: bool = _declare(False, "A reverse proxy or tunnel stands in front: loopback trust is off for good.")
    trusted_proxies: str = _declare("", "Comma-separated CIDRs of proxies whose forwarding headers are believed.")
    allowed_hosts: str = _declare("", "Comma-separated host names beside IP literals and localhost; * = any.")
    secret_key: str = _declare(
        "", "Django's secret key; empty = {home}/secret_key, made at the first start.", secret=True
    )
    debug: bool = _declare(False, "Django's debug pages; refused beyond loopback.")
    no_banner: bool = _declare(False, "Start without the banner.", **_bus())
    api_key: str = _declare("", "Key that a stdio or CLI process acts with.", secret=True, **_bus())
    toolsets: str = _declare("", "Toolsets of a stdio process, comma-separated; empty = all.")
    readonly: bool = _declare(False, "A stdio process offers reading tools only.")
    # trust
    trust_mode: str = _declare(
        "open",
        "strict: session secrets on sensitive verbs, actors bound to their key.",
        choices=("open", "strict"),
        runtime=True,
        **_bus(),
    )
    loopback_trust: str = _declare(
        "full",
        "What a local caller without key may do: full = administer, read = look, off = nothing.",
        choices=("full", "read", "off"),
        runtime=True,
    )
    rate_limit_per_minute: int = _declare(
        6000, "Calls per minute and key; 0 = unlimited.", minimum=0, runtime=(0, 1_000_000)
    )
    # durability
    durability: str = _declare(
        "full",
        "full: acknowledged writes survive power loss. relaxed: the last second may be lost.",
        choices=("full", "relaxed"),
        runtime=True,
    )
    busy_timeout_ms: int = _declare(
        5000, "Longest wait for the write lock.", minimum=0, runtime=(100, 60_000), requires_restart=True, **_bus()
    )
    poll_interval_ms: int = _declare(
        200,
        "Longest time between looks for other processes' writes (capped at 50).",
        minimum=1,
        runtime=(50, 5000),
        **_bus(),
    )
    min_free_mib: int = _declare(
        200, "Writes are refused below this much free disk space.", minimum=0, runtime=(0, 1_000_000)
    )
    # the bus
    session_stale_ttl_seconds: int = _declare(
        60, "A session without heartbeat for this long reads stale.", minimum=1, runtime=(5, 3600), **_bus()
    )
    presence_ttl_seconds: int = _declare(
        1800,
        "A session without heartbeat for this long leaves the broadcast audience.",
        minimum=1,
        runtime=(60, 86_400),
        **_bus(),
    )
    session_reap_seconds: int = _declare(
        86_400,
        "A session silent for this long is closed at the next access.",
        minimum=1,
        runtime=(300, 604_800),
        **_bus(),
    )
    handoff_lease_ttl_seconds: int = _declare(
        300, "Lease of a claimed handoff.", minimum=1, runtime=(30, 86_400), **_bus()
    )
    inbox_lease_ttl_seconds: int = _declare(
        300, "Default lease of a pulled delivery.", minimum=1, runtime=(30, 86_400), **_bus()
    )
    max_wait_timeout_seconds: int = _declare(30, "Longest wait of a long poll.", minimum=0, runtime=(1, 300), **_bus())
    max_event_limit: int = _declare(1000, "Largest page of event reads.", minimum=1, runtime=(10, 10_000), **_bus())
    max_shared_md_events: int = _declare(1000, "Most events in shared.md.", minimum=1, runtime=(10, 10_000), **_bus())
    max_inline_bytes: int = _declare(
        65_536, "Largest inline content in bytes of UTF-8, inclusive.", minimum=1, runtime=(1024, 1_048_576), **_bus()
    )
    retention_events_keep_days: int = _declare(30, "Days that events are kept.", minimum=0, runtime=(1, 3650), **_bus())
    retention_read_deliveries_keep_days: int = _declare(
        14, "Days that read deliveries are kept.", minimum=0, runtime=(1, 3650), **_bus()
    )
    retention_closed_sessions_keep_days: int = _declare(
        7, "Days that closed sessions are kept.", minimum=0, runtime=(1, 3650), **_bus()
    )
    auto_prune_on_start: bool = _declare(False, "Run one bounded retention pass at start.", runtime=True, **_bus())
    inbox_read_receipts: bool = _declare(
        False, "An acknowledgement drops a receipt into the sender's inbox.", runtime=True, **_bus()
    )

    # telemetry
    ingest_token: str = _declare(
        "", "Token that telemetry producers must send; empty = open on trusted loopback.", secret=True
    )
    telemetry_open_reads: bool = _declare(
        False, "Telemetry is readable without key beyond loopback too, as the collector published it.", runtime=True
    )
    telemetry_keep_days: int = _declare(
        0,
        "Days that telemetry events are kept unless their type has a rule; 0 = for ever.",
        minimum=0,
        runtime=(0, 36_500),
    )
    telemetry_relaxed_sources: str = _declare(
        "",
        "Comma-separated sources whose producers resend: acknowledged after the commit, before the disk has it.",
        runtime=True,
    )

    @property
    def home_path(self) -> Path:
        return Path(self.home).expanduser().absolute()

    @property
    def sqlite_path(self) -> Path:
        return Path(self.db_path).expanduser().absolute() if self.db_path else self.home_path / "pulse.sqlite3"


def _setting(spec: Any) -> Setting:
    meta = dict(spec.metadata)
    bus = meta.pop("bus", False)
    upper = spec.name.upper()
    env = meta.pop("env", None) or ((f"PULSE_{upper}", f"OKTO_NEXUS_{upper}") if bus else (f"PULSE_{upper}",))
    flag = meta.pop("flags", None)
    return Setting(
        name=spec.name,
        type=type(spec.default),
        default=spec.default,
        env=env,
        flag=flag[0] if flag else "--" + spec.name.replace("_", "-"),
        **meta,
    )


DECLARED: Mapping[str, Setting] = {spec.name: _setting(spec) for spec in fields(Settings)}
FLAG_ALIASES: Mapping[str, str] = {"--db": "db_path"}

_TRUE, _FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off"}


def parse(setting: Setting, text: str) -> Value:
    """The typed value of `text`, or ConfigError naming the setting and what it takes."""
    if setting.type is bool:
        lowered = text.strip().lower()
        if lowered in _TRUE or lowered in _FALSE:
            return lowered in _TRUE
        raise ConfigError(f"{setting.name} takes true or false.")
    if setting.type is int:
        try:
            return check_start_range(setting, int(text.strip()))
        except ValueError as error:
            raise ConfigError(f"{setting.name} takes a whole number.") from error
    return check_choice(setting, text)


def check_start_range(setting: Setting, number: int) -> int:
    if setting.minimum is not None and number < setting.minimum:
        raise ConfigError(f"{setting.name} must be at least {setting.minimum}.")
    if setting.maximum is not None and number > setting.maximum:
        raise ConfigError(f"{setting.name} must be at most {setting.maximum}.")
    return number


def check_choice(setting: Setting, text: str) -> str:
    if setting.choices and text not in setting.choices:
        raise ConfigError(f"{setting.name} must be one of: {', '.join(setting.choices)}.")
    return text


def check_runtime(setting: Setting, value: Any) -> Value:
    """The value of a change while running (type exact, runtime range), or ConfigError."""
    if not setting.editable:
        raise ConfigError(f"{setting.name} cannot be changed while Pulse runs.")
    if not isinstance(value, str | int) or type(value) is not setting.type:
        raise ConfigError(f"{setting.name} takes {'true or false' if setting.type is bool else setting.type.__name__}.")
    if isinstance(value, str):
        return check_choice(setting, value)
    if isinstance(setting.runtime, tuple) and not setting.runtime[0] <= value <= setting.runtime[1]:
        raise ConfigError(f"{setting.name} must lie in {setting.runtime[0]}..{setting.runtime[1]}.")
    return value


@dataclass(frozen=True)
class Resolved:
    """The settings in force and where each value came from: cli, env, stored or default."""

    settings: Settings
    sources: Mapping[str, str]


_resolved: Resolved | None = None
_pinned: dict[str, tuple[Value, str]] = {}
_listeners: list[Callable[[Settings], None]] = []


def load(flags: Mapping[str, str] | None = None, env: Mapping[str, str] | None = None) -> Resolved:
    """Resolve command line and environment; called once by `core.boot`, or lazily with the environment alone."""
    global _resolved
    _pinned.clear()
    env = os.environ if env is None else env
    for setting in DECLARED.values():
        found = {name: env[name] for name in setting.env if name in env}
        values = {parse(setting, text) for text in found.values()}
        if len(values) > 1:
            raise ConfigError(f"{' and '.join(found)} name one setting and differ.")
        if values:
            _pinned[setting.name] = (values.pop(), "env")
    for name, text in (flags or {}).items():
        _pinned[name] = (parse(DECLARED[name], text), "cli")
    _resolved = _combine({})
    return _resolved


def _combine(stored: Mapping[str, Value]) -> Resolved:
    values: dict[str, Any] = {name: value for name, value in stored.items() if name in DECLARED}
    sources = dict.fromkeys(DECLARED, "default") | dict.fromkeys(values, "stored")
    for name, (value, source) in _pinned.items():
        values[name] = value
        sources[name] = source
    return Resolved(replace(Settings(), **values), sources)


def resolved() -> Resolved:
    return _resolved or load()


def current() -> Settings:
    """The settings in force at this instant; read it at every use, never keep a copy."""
    return resolved().settings


def apply_stored(stored: Mapping[str, Value]) -> Resolved:
    """Publish the runtime store's values; pinned settings keep their value. Called at start and on settings.changed."""
    global _resolved
    resolved()
    _resolved = _combine(stored)
    for listener in _listeners:
        listener(_resolved.settings)
    return _resolved


def on_change(listener: Callable[[Settings], None]) -> None:
    """Call `listener` with the new settings after every change in this process."""
    _listeners.append(listener)
