"""Full-text search over what a caller may see: FTS5 on SQLite, tsvector on PostgreSQL, ranked, with snippets."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from boards.indexing import board_word
from boards.location import KINDS as KINDS_BY_LETTER
from boards.location import REF
from boards.models import SearchDocument
from boards.rights import Rights
from boards.search_question import Question, Term, groups_of, pairs_of

MAX_BOARD_WORDS = 200  # more boards than these are told apart by their rows


@dataclass(frozen=True, slots=True)
class Hit:
    document: SearchDocument
    score: float
    snippet: str


def look(question: Question, *, offset: int, limit: int) -> list[Hit]:
    """The best documents first; the same text and rights give the same order."""
    wanted = [term for term in question.terms if term.is_wanted]
    if not wanted:
        return []
    engine = _sqlite if connection.vendor == "sqlite" else _postgres
    scored = engine(question, offset, limit)
    rows = SearchDocument.objects.select_related("entity", "board").in_bulk([pk for pk, _ in scored])
    return [Hit(rows[pk], score, snippet_of(rows[pk].body, wanted)) for pk, score in scored if pk in rows]


def by_reference(question: Question, text: str) -> list[Hit]:
    """The objects that a reference names (`C-12`), on every board where the caller may see them."""
    match = REF.match(text.strip())
    kind = KINDS_BY_LETTER.get(match[1].upper()) if match else None
    if match is None or kind is None:
        return []
    rows = SearchDocument.objects.filter(kind=kind, entity__kind=kind, entity__number=int(match[2]), object_id="")
    if question.boards is not None:
        rows = rows.filter(board__in=question.boards)
    readable = [pk for flags, pks in groups_of(question).items() if f"{kind}.entity.read" in flags for pk in pks or ()]
    if not isinstance(question.rights, Rights):
        rows = rows.filter(board__in=readable)
    if not question.with_archived:
        rows = rows.filter(entity__archived_at=None)
    return [Hit(row, 0.0, row.body[:200]) for row in rows.select_related("entity", "board").order_by("pk")[:20]]


def _visible(question: Question) -> tuple[str, list[Any]]:
    """SQL over `d` (document) and `e` (entity) that leaves what the caller may see and wants."""
    clauses: list[str] = []
    values: list[Any] = []
    if not question.with_archived:
        clauses.append("e.archived_at IS NULL")
    if question.status:
        clauses.append("e.status = %s")
        values.append(question.status)
    if question.without:
        clauses.append(f"d.id NOT IN ({_marks(question.without)})")
        values += question.without
    groups = groups_of(question)
    alternatives = []
    for flags, board_pks in groups.items():
        pairs = pairs_of(flags, question.kinds)
        on = f"d.board_id IN ({_marks(board_pks)}) AND " if board_pks is not None else ""
        kinds = " OR ".join(f"(d.kind = %s AND e.kind IN ({_marks(parents)}))" for _, parents in pairs)
        alternatives.append(f"({on}({kinds or '1 = 0'}))")
        values += [_stored(pk) for pk in board_pks or ()]
        for kind, parents in pairs:
            values += [kind, *parents]
    clauses.append(f"({' OR '.join(alternatives) or '1 = 0'})")
    return " AND ".join(clauses), values


def _marks(values: Collection[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _stored(pk: UUID) -> Any:
    return pk.hex if connection.vendor == "sqlite" else pk


def _board_words(question: Question) -> list[str]:
    """The boards to look on as words of the index; empty when it is every board, or too many."""
    pks: Iterable[UUID] | None = question.boards
    if pks is None and not isinstance(question.rights, Rights):
        pks = question.rights
    words = [board_word(pk) for pk in pks or ()]
    return words if len(words) <= MAX_BOARD_WORDS else []


RANKED_SQLITE = """
SELECT d.id, {score} AS score
FROM boards_searchindex
JOIN boards_searchdocument d ON d.id = boards_searchindex.rowid
JOIN boards_entity e ON e.id = d.entity_id
WHERE boards_searchindex MATCH %s AND {where}
ORDER BY score DESC, d.id LIMIT %s OFFSET %s
"""
# How often a word is in a column; FTS5's own bm25 counts its rows in the whole store for every query.
TIMES = "min(3, (length(d.{column}) - length(replace(lower(d.{column}), %s, ''))) / %s)"
RANKED_POSTGRES = """
WITH wanted AS (SELECT {query} AS words)
SELECT d.id, ts_rank(d.words, wanted.words) AS score
FROM boards_searchdocument d JOIN boards_entity e ON e.id = d.entity_id, wanted
WHERE d.words @@ (wanted.words{scope}) AND {where}
ORDER BY score DESC, d.id LIMIT %s OFFSET %s
"""
MOST_RANKED = 8  # words that the order depends on
SNIPPET_CHARACTERS = 200
Scored = list[tuple[int, float]]


def snippet_of(text: str, terms: Iterable[Term]) -> str:
    """The part of a text around the first word that is looked for; its beginning when the text has none of them."""
    stems = [_stem(word) for term in terms if term.is_wanted for word in term.words]
    found = re.search("|".join(re.escape(stem) for stem in stems), text, re.IGNORECASE) if stems else None
    start = max(0, found.start() - SNIPPET_CHARACTERS // 2) if found else 0
    part = " ".join(text[start : start + SNIPPET_CHARACTERS].split())
    return ("… " if start else "") + part + (" …" if start + SNIPPET_CHARACTERS < len(text) else "")


def _stem(word: str) -> str:
    """The word without what inflection changes, roughly: only the order and the snippet depend on it."""
    return word[: max(4, len(word) - 2)]


def _sqlite(question: Question, offset: int, limit: int) -> Scored:
    where, values = _visible(question)
    score, counted = _score(question)
    statement = RANKED_SQLITE.replace("{score}", score).replace("{where}", where)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*counted, _fts5(question), *values, limit, offset])
        return [(int(pk), float(score)) for pk, score in cursor.fetchall()]


def _score(question: Question) -> tuple[str, list[Any]]:
    """How well a row fits: words in the title count five times as much as those in the body."""
    words = [_stem(word) for term in question.terms if term.is_wanted for word in term.words][:MOST_RANKED]
    title, body = TIMES.replace("{column}", "title"), TIMES.replace("{column}", "body")
    sql = " + ".join([f"5.0 * {title} + {body}"] * len(words))
    return sql, [value for word in words for value in (word, len(word)) * 2]


def _fts5(question: Question) -> str:
    """The query in FTS5's language. Words are quoted, so nothing in them is an operator."""
    parts = [_quoted(term) for term in question.terms if term.is_wanted]
    text = "{title body} : (" + " AND ".join(parts) + ")"
    for term in question.terms:
        if not term.is_wanted:
            text = f"({text}) NOT {{title body}} : ({_quoted(term)})"
    words = _board_words(question)
    if words:
        text = f"scope : ({' OR '.join(words)}) AND ({text})"
    return text


def _quoted(term: Term) -> str:
    return '"' + " ".join(term.words) + '"' + ("*" if term.is_prefix else "")


def _postgres(question: Question, offset: int, limit: int) -> Scored:
    query, texts = _tsquery(question)
    where, values = _visible(question)
    words = _board_words(question)
    scope, on_boards = (" && to_tsquery('simple', %s)", [" | ".join(words)]) if words else ("", [])
    statement = RANKED_POSTGRES.replace("{query}", query).replace("{scope}", scope).replace("{where}", where)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*texts, *on_boards, *values, limit, offset])
        return [(int(pk), float(score)) for pk, score in cursor.fetchall()]


def _tsquery(question: Question) -> tuple[str, list[str]]:
    """The query as an expression of tsqueries, and the texts that stand in it."""
    sql, texts = [], []
    for term in question.terms:
        negation = "" if term.is_wanted else "!! "
        if term.is_prefix and len(term.words) == 1:
            sql.append(f"{negation}to_tsquery('english', %s)")
            texts.append(f"{term.words[0]}:*")
        else:
            sql.append(f"{negation}phraseto_tsquery('english', %s)")
            texts.append(" ".join(term.words))
    return " && ".join(f"({part})" for part in sql), texts
