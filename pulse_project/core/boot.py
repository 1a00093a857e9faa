"""What runs before Django: the umask, the flags and environment of the declared settings, and the home folder.

Standard library only. `manage.py` and the console script `pulse` both call `main`.
"""

import ipaddress
import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from pulse_project.core import conf, home
from pulse_project.core.conf import ConfigError, Setting
from pulse_project.core.version import version

NO_DJANGO_FLAGS = {"--version", "version"}
FLAGS = {setting.flag: setting for setting in conf.DECLARED.values()} | {
    flag: conf.DECLARED[name] for flag, name in conf.FLAG_ALIASES.items()
}
SETTINGS_ONLY = {"serve", "stdio_server"}  # commands that take declared flags and Django's own, nothing else
DJANGO_SWITCHES = {"-h", "--help", "--version", "--traceback", "--no-color", "--force-color"}
DJANGO_VALUES = {"-v", "--verbosity", "--settings", "--pythonpath"}
# Commands that answer no requests: they load neither the packages of MCP nor the pages of the admin, half of a start.
TERMINAL_COMMANDS = frozenset({"admin", "drain", "events", "health", "metrics", "op", "tail"})
SWITCH_WORDS = {"true", "1", "yes", "on", "false", "0", "no", "off"}

_command = ""


def answers_requests() -> bool:
    """Whether this process may answer any: it runs no command of `TERMINAL_COMMANDS`."""
    return _command not in TERMINAL_COMMANDS


def main(argv: Sequence[str]) -> int:
    """Run one command line. Exit code 0 done, 1 refused (CONFIG_ERROR, MIGRATION_ERROR, DB_ERROR), 2 wrong usage."""
    os.umask(0o077)
    try:
        flags, rest = split(argv[1:])
        if rest[:1] and rest[0] in SETTINGS_ONLY:
            refuse_unknown(rest)
        if rest[:1] and rest[0] in NO_DJANGO_FLAGS:
            return _print_version(rest[1:])
        settings = conf.load(flags).settings
        check(settings)
        home.ensure(settings)
        return _run_django([argv[0], *(rest or ["help"])])
    except ConfigError as error:
        return _refuse("CONFIG_ERROR", str(error))


def _print_version(words: Sequence[str]) -> int:
    """`pulse 0.1.0` or `{"version": "0.1.0"}`."""
    parser = ArgumentParser(prog="pulse version", description="Print the version.", allow_abbrev=False)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    try:
        form = parser.parse_args(words).format
    except SystemExit as stop:  # after --help, or after words that it does not know
        return int(stop.code or 0)
    sys.stdout.write(f"{json.dumps({'version': version()}) if form == 'json' else f'pulse {version()}'}\n")
    return 0


def script() -> int:
    """The console script `pulse`."""
    return main(sys.argv)


def split(arguments: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Take the declared flags (`--flag value` or `--flag=value`) out of `arguments`.

    Answers the values by setting name and what is left for the command. Nothing is taken after a bare `--`.
    """
    flags: dict[str, str] = {}
    rest: list[str] = []
    queue = list(arguments)
    while queue:
        word = queue.pop(0)
        if word == "--":
            return flags, [*rest, word, *queue]
        flag, has_value, value = word.partition("=")
        if flag not in FLAGS:
            rest.append(word)
            continue
        setting = FLAGS[flag]
        text = value if has_value else _next_value(setting, flag, queue)
        _keep(flags, setting, flag, text)
    return flags, rest


def _next_value(setting: Setting, flag: str, queue: list[str]) -> str:
    if setting.type is bool and not setting.editable and (not queue or queue[0].lower() not in SWITCH_WORDS):
        return "true"
    if not queue or queue[0].startswith("--"):
        raise ConfigError(f"{flag} needs a value.")
    return queue.pop(0)


def refuse_unknown(rest: Sequence[str]) -> None:
    """ConfigError for a word that the command `rest[0]`, configured by declared flags alone, does not know."""
    words = iter(rest[1:])
    for word in words:
        flag, has_value, _ = word.partition("=")
        if flag in DJANGO_VALUES:
            if not has_value:
                next(words, None)
        elif flag not in DJANGO_SWITCHES:
            raise ConfigError(f"{rest[0]} knows no {'flag' if flag.startswith('-') else 'argument'} {flag[:80]!r}.")


def _keep(flags: dict[str, str], setting: Setting, flag: str, text: str) -> None:
    if setting.secret:
        raise ConfigError(f"{flag} would show a secret to every user of this machine. Set {setting.env[0]} instead.")
    if flags.get(setting.name, text) != text:
        raise ConfigError(f"{flag} is given twice with different values.")
    flags[setting.name] = text


def document_flags(parser: ArgumentParser) -> None:
    """Show the declared flags in a command's help. They never reach the parser, `split` takes them out before."""
    group = parser.add_argument_group("settings", "also by the environment variable in brackets")
    for flag, setting in FLAGS.items():
        if not setting.secret:
            group.add_argument(flag, dest=f"setting_{setting.name}", metavar="VALUE", help=_help_of(setting))


def _help_of(setting: Setting) -> str:
    shown = f"{setting.help} Default: {setting.default or 'none'}. [{setting.env[0]}]"
    return shown.replace("%", "%%")


def check(settings: conf.Settings) -> None:
    """Refuse values that are valid one by one and wrong together, or make no sense empty."""
    if not settings.home.strip():
        raise ConfigError("home takes a folder; unset PULSE_HOME for the default one.")
    if settings.database_url and not settings.database_url.startswith(("postgresql://", "postgres://")):
        raise ConfigError("DATABASE_URL must begin with postgresql://; leave it empty for SQLite.")
    if settings.debug and not is_loopback(settings.host):
        raise ConfigError("debug shows the program's insides and is refused on an address beyond loopback.")
    if settings.mcp_port and settings.mcp_port == settings.port:
        raise ConfigError("mcp_port must differ from port.")
    if settings.uds and settings.mcp_port:
        raise ConfigError("uds and mcp_port exclude each other: a Unix socket has no ports.")


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is loopback; a name other than localhost is not."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _run_django(argv: list[str]) -> int:
    global _command
    _command = argv[1]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pulse_project.settings")
    from django.core.management import execute_from_command_line

    from pulse_project.core.errors import Failure

    try:
        execute_from_command_line(argv)
    except Failure as failure:
        return _refuse(failure.code, failure.message)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


def _refuse(code: str, sentence: str) -> int:
    sys.stderr.write(f"[pulse] {code}: {sentence}\n")
    return 1
