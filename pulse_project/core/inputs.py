"""Shared input types: what operations accept, with the problem each field reports and its rank."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pulse_project.core.errors import Code, Failure
from pulse_project.core.logs_format import echoed


@dataclass(frozen=True)
class Fails:
    """Annotation of a field: a problem with it is reported as `code`; the lowest rank of all problems answers."""

    code: Code = Code.VALIDATION_ERROR
    rank: int = 10
    message: str = ""


class Input(BaseModel):
    """Arguments of an operation. Frozen; unknown arguments are refused; types are exact (booleans are no integers)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class LenientInput(BaseModel):
    """Arguments of an operation that published clients call with loose types ("true", "12"): coerced, never guessed."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class AnyInput(BaseModel):
    """For retired tools: every legacy call shape lands on the guidance."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class NoInput(Input):
    """An operation without arguments."""


NonEmpty = Annotated[str, Field(min_length=1)]


def fails_of(model: type[BaseModel], field_name: str) -> Fails:
    info = model.model_fields.get(field_name)
    found = next((m for m in info.metadata if isinstance(m, Fails)), None) if info else None
    return found or Fails()


def problems_of(model: type[BaseModel], error: ValidationError) -> Failure:
    """One failure for all that is wrong: the lowest-ranked problem speaks, `details.problems` lists every one."""
    problems: list[dict[str, Any]] = []
    ranked: list[tuple[int, Fails, dict[str, Any]]] = []
    for item in error.errors(include_url=False, include_context=False, include_input=False)[:20]:
        loc = [part for part in item["loc"] if isinstance(part, str | int)]
        problem = {"loc": [echoed(str(part)) for part in loc], "msg": item["msg"][:200], "type": item["type"]}
        problems.append(problem)
        fails = fails_of(model, str(loc[0])) if loc else Fails()
        ranked.append((fails.rank, fails, problem))
    ranked.sort(key=lambda entry: entry[0])
    _, fails, first = ranked[0]
    name = echoed(".".join(first["loc"])) or "arguments"
    return Failure(fails.code, fails.message or _sentence(name, first, model), field=name, problems=problems)


def _sentence(name: str, problem: dict[str, Any], model: type[BaseModel]) -> str:
    match problem["type"]:
        case "missing":
            return f"{name} is required."
        case "extra_forbidden":
            return f"{name} is not an argument. Known: {_known(model.model_fields)}."
        case _:
            return f"{name}: {problem['msg']}."


def _known(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
