"""A spec as Markdown: its items with their links and cards."""

from collections.abc import Iterable

from boards.call import BoardCall
from boards.instants import iso
from specs.markdown import bullets, document, facts, fenced, line, section
from specs.models import Contract, Decision, Rule, Scenario, Spec, SpecItem
from specs.queries.content import Kind, SpecContent, content_of, text_of
from specs.queries.coverage import coverage_of

REQUIREMENTS = {
    Kind.FUNCTIONAL: "Functional requirements",
    Kind.TECHNICAL: "Technical requirements",
    Kind.CRITERION: "Acceptance criteria",
}


def sections(call: BoardCall, spec: Spec) -> list[str]:
    """Every part of a spec that the caller may read."""
    content = content_of(spec)
    parts = section("Description", [fenced(spec.description, "markdown") if spec.description else ""])
    parts += section("Context", [fenced(spec.context, "markdown") if spec.context else ""])
    for kind, title in REQUIREMENTS.items():
        parts += section(title, [_list(content, content.of_kind(kind))])
    parts += section("Decisions", (_decision(content, item) for item in content.decisions))
    if call.holds("spec.rules.read"):
        parts += section("Business rules", (_rule(content, item) for item in content.rules))
    if call.holds("spec.contracts.read"):
        parts += section("API contracts", (_contract(content, item) for item in content.contracts))
    if call.holds("spec.tests.read"):
        parts += section("Test scenarios", (_scenario(content, item) for item in content.scenarios))
    return [*parts, *section("Coverage", [_coverage(content)])]


def _list(content: SpecContent, items: Iterable[SpecItem]) -> str:
    lines = []
    for item in items:
        tail = [*(target.ref for target in content.links_of(item)), *(task.ref for task in content.tasks_of(item))]
        links = f" ({', '.join(tail)})" if tail else ""
        lines.append(f"- **{item.ref}** {line(text_of(item))}{links}")
    return "\n".join(lines)


def _head(content: SpecContent, item: SpecItem, **more: object) -> str:
    """The heading of an item, and what it refers to."""
    links = ", ".join(target.ref for target in content.links_of(item))
    cards = ", ".join(f"{task.ref} ({task.status})" for task in content.tasks_of(item))
    known = facts({**more, "Links": links, "Cards": cards})
    return "\n\n".join([f"### {item.ref} {line(text_of(item))}", *([known] if known else [])])


def _texts(values: Iterable[tuple[str, str]]) -> str:
    return "\n\n".join(f"**{name}**\n\n{fenced(text)}" for name, text in values if text)


def _rule(content: SpecContent, item: Rule) -> str:
    texts = (("Rule", item.rule), ("When", item.when), ("Then", item.then), ("Notes", item.notes))
    return "\n\n".join([_head(content, item), _texts(texts)])


def _scenario(content: SpecContent, item: Scenario) -> str:
    proof = content.evidence.get(item.pk)
    run = {"Test": f"{proof.test_file_path} {proof.test_function}", "Last run": proof.last_run_at} if proof else {}
    head = _head(content, item, Type=item.scenario_type, Status=item.status, **run)
    texts = (("Given", item.given), ("When", item.when), ("Then", item.then), ("Notes", item.notes))
    return "\n\n".join([head, _texts(texts)])


def _decision(content: SpecContent, item: Decision) -> str:
    older = next((other.ref for other in content.decisions if other.pk == item.supersedes_id), "")
    parts = [_head(content, item, Status=item.status, Supersedes=older)]
    parts.append(_texts((("Rationale", item.rationale), ("Context", item.context), ("Notes", item.notes))))
    if item.alternatives_considered:
        parts.append(f"**Alternatives**\n\n{bullets(item.alternatives_considered)}")
    return "\n\n".join(parts)


def _contract(content: SpecContent, item: Contract) -> str:
    documents = (
        ("Request", item.request_body),
        ("Response", item.response_success),
        ("Errors", item.response_errors),
    )
    parts = [_head(content, item), _texts([("Description", item.description), ("Notes", item.notes)])]
    parts += [f"**{name}**\n\n{document(value)}" for name, value in documents if value is not None]
    return "\n\n".join(part for part in parts if part)


def _coverage(content: SpecContent) -> str:
    found = coverage_of(content)
    spec = content.spec
    return facts(
        {
            "Criteria with scenarios": f"{found['ac_covered']} of {found['ac_total']}",
            "Requirements with rules": f"{found['fr_covered']} of {found['fr_total']}",
            "Scenarios with cards": f"{found['scenarios_linked']} of {found['scenarios_total']}",
            "Rules with cards": f"{found['brs_linked']} of {found['brs_total']}",
            "Contracts with cards": f"{found['contracts_linked']} of {found['contracts_total']}",
            "Technical requirements with cards": f"{found['trs_linked']} of {found['trs_total']}",
            "Active decisions with cards": f"{found['decisions_linked']} of {found['decisions_total']}",
            "Locked since": iso(spec.locked_at),
        }
    )
