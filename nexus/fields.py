"""Argument types that the bus's operations share."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from pulse_project.core import names
from pulse_project.core.errors import Code
from pulse_project.core.inputs import Fails

REQUIRED, STREAM, CHECKED = 0, 1, 10  # ranks: the order in which problems of one call are reported


def without_nul(text: str) -> str:
    """The same text. PostgreSQL stores no NUL character, so neither engine takes it."""
    if "\x00" in text:
        raise ValueError("must not contain a NUL character")
    return text


def identifier(text: str) -> str:
    """The same id. Nobody acts under a name that looks like another one: no hidden characters, no outer blanks."""
    problem = names.problem_of(text)
    if problem is not None:
        raise ValueError(problem)
    return text


def maybe_without_nul(text: str | None) -> str | None:
    return None if text is None else without_nul(text)


ProjectRoot = Annotated[
    str,
    Field(min_length=1, description="Absolute path of the project's folder, on the server's disk."),
    Fails(Code.WORKSPACE_REQUIRED, rank=REQUIRED),
]
AgentId = Annotated[str, Field(min_length=1, max_length=128, description="Id of an agent."), AfterValidator(identifier)]
PublicId = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(without_nul)]
MaybeId = Annotated[str | None, Field(max_length=128), AfterValidator(maybe_without_nul)]
Text = Annotated[str, AfterValidator(without_nul)]
FilledText = Annotated[str, Field(min_length=1), AfterValidator(without_nul)]
MaybeText = Annotated[str | None, AfterValidator(maybe_without_nul)]
SessionId = Annotated[
    str | None,
    Field(max_length=128, description="Session that authorises the call; required in trust_mode=strict."),
    AfterValidator(maybe_without_nul),
]
SessionSecret = Annotated[
    str | None,
    Field(max_length=256, description="Secret that session_open returned; checked whenever it is given."),
    AfterValidator(maybe_without_nul),
]


def text_in(raw: Mapping[str, Any], name: str) -> str | None:
    """A raw argument when it is usable text, else None: for guards, which run before arguments are checked."""
    value = raw.get(name)
    return value if isinstance(value, str) and value else None
