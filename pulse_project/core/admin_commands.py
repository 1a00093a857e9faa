"""The sub-commands of `pulse admin`: each app declares its own in a module named `admin_commands`."""

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps

Arguments = Callable[[ArgumentParser], None]
Handler = Callable[[dict[str, Any]], str]


@dataclass(frozen=True)
class Subcommand:
    """One sub-command. `run` gets the parsed options and answers what is printed; a Failure ends with exit code 1."""

    name: str
    help: str
    run: Handler
    add_arguments: Arguments
    prepares: bool


_declared: dict[str, Subcommand] = {}


def subcommand(
    name: str, help: str, *, arguments: Arguments | None = None, prepares: bool = True
) -> Callable[[Handler], Handler]:
    """Declare the decorated function as `pulse admin <name>`; the store is prepared first unless told otherwise."""

    def declare(function: Handler) -> Handler:
        _declared[name] = Subcommand(name, help, function, arguments or _none, prepares)
        return function

    return declare


def _none(parser: ArgumentParser) -> None:
    """A sub-command without arguments of its own."""


def declared() -> dict[str, Subcommand]:
    """Every sub-command by name, sorted."""
    for config in apps.get_app_configs():
        dotted = f"{config.name}.admin_commands"
        if dotted != __name__ and config.module is not None and find_spec(dotted) is not None:
            import_module(dotted)
    import_module("pulse_project.core.access_commands")
    return dict(sorted(_declared.items()))
