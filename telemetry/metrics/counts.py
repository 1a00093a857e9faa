"""How many events there are, by type, source or version."""

from typing import Literal, TypedDict

from telemetry import labels
from telemetry.rollups.reading import Reading

By = Literal["type", "source", "version"]
COLUMNS = {"type": "type_id", "source": "source_id", "version": "version"}


class Group(TypedDict):
    key: str
    count: int


class Counts(TypedDict):
    """`since` as asked; `groups` by count, then key as text."""

    by: str
    since: str | None
    total: int
    groups: list[Group]


def counts(reading: Reading, by: By) -> Counts:
    """Events of every version, grouped."""
    found = {key: measures[0] for (key,), measures in reading.counts([COLUMNS[by]]).items()}
    texts = {key: str(key) for key in found} if by == "version" else labels.texts_of(found)
    groups = [Group(key=texts[key], count=number) for key, number in found.items()]
    groups.sort(key=lambda group: (-group["count"], group["key"]))
    return Counts(by=by, since=reading.window.since, total=sum(found.values()), groups=groups)


def unsupported(reading: Reading) -> int:
    """Events of the reading's types whose version payload metrics do not read."""
    found = reading.counts(["version"])
    return sum(number for (version,), (number,) in found.items() if version != 1)
