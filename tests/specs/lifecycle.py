"""The whole way from an idea to done cards, as calls and what each must answer. Runs over any transport."""

from collections.abc import Generator
from typing import Any

Step = tuple[str, dict[str, Any], str]
Story = Generator[Step, Any, None]
OK = ""
REPORT = {
    "conclusion": "Built and tested.",
    "completeness": 100,
    "completeness_justification": "Everything in the card is there.",
    "drift": 0,
    "drift_justification": "As planned.",
}
GIVEN = {"given": "a request", "when": "it fails", "then": "it is tried again"}


def story(board_id: str) -> Story:
    """The calls in order: `(operation, arguments, expected code)`; the answer of each is sent back in."""
    on = {"board_id": board_id}
    ideation = yield from _ideation(on)
    refinement = yield from _refinement(on, ideation)
    spec, scenarios = yield from _spec(on, refinement)
    cards = yield from _cards(on, spec, scenarios)
    yield from _lock(on, spec, cards)
    sprint = yield from _sprint(on, spec, scenarios, cards)
    yield from _work(on, cards)
    yield from _tests(on, spec, scenarios, cards)
    bug = yield from _bug(on, spec, scenarios, cards, sprint)
    yield from _close(on, spec, sprint, cards, bug)
    yield from _small(on)


def _ideation(on: dict[str, Any]) -> Generator[Step, Any, dict[str, Any]]:
    labels = ["backend", "reliability"]
    made = yield "create_ideation", {**on, "title": "Retry", "description": "d", "problem_statement": "p",
                                     "proposed_approach": "a", "labels": labels}, OK  # fmt: skip
    assert (made["ideation"]["status"], made["ideation"]["version"]) == ("draft", 1)
    at = {**on, "ideation_id": made["ideation"]["id"]}
    changed = yield "update_ideation", {**at, "problem_statement": "Calls fail."}, OK
    assert changed["ideation"]["version"] == 2
    titled = yield "update_ideation", {**at, "title": "Retries"}, OK
    assert titled["ideation"]["version"] == 2
    asked = yield "ask_ideation_question", {**at, "question": "How often?"}, OK
    choice = {**at, "question": "Which way?", "question_type": "choice", "allow_free_text": "true"}
    chosen = yield "ask_ideation_choice_question", {**choice, "options": '["linear, fixed","exponential"]'}, OK
    assert [option["id"] for option in chosen["qa"]["choices"]] == ["opt_0", "opt_1"]
    yield "ask_ideation_choice_question", {**choice, "options": "a,b,c"}, "VALIDATION_ERROR"
    picked = yield "answer_ideation_question", {**at, "qa_id": chosen["qa"]["id"], "selected": '["opt_1","opt_0"]'}, OK
    assert picked["qa"]["selected"] == ["opt_1"]
    yield "answer_ideation_question", {**at, "qa_id": chosen["qa"]["id"], "selected": "opt_9"}, "VALIDATION_ERROR"
    yield "answer_ideation_question", {**at, "qa_id": asked["qa"]["id"], "answer": "Three times."}, OK
    yield "add_ideation_knowledge", {**at, "title": "Runbook", "content": "# Runbook"}, OK
    mockup = {**on, "entity_id": at["ideation_id"], "entity_type": "ideation", "title": "Screen"}
    drawn = yield "add_screen_mockup", {**mockup, "html_content": "<p onclick=x()>hi</p><script>x()</script>"}, OK
    assert "onclick" not in drawn["screen"]["html_content"]
    assert "script" not in drawn["screen"]["html_content"]
    yield from _design(on, at["ideation_id"])
    yield "move_ideation", {**at, "status": "approved"}, "INVALID_TRANSITION"
    for status in ("review", "approved", "evaluating"):
        yield "move_ideation", {**at, "status": status}, OK
    scores = {"domains": "3", "domains_justification": "Many.", "ambiguity": "2", "ambiguity_justification": "Some.",
              "dependencies": "1", "dependencies_justification": "None."}  # fmt: skip
    scored = yield "evaluate_ideation", {**at, **scores}, OK
    assert scored["complexity"] == "large"
    yield "move_ideation", {**at, "status": "done"}, OK
    snapshots = yield "list_ideation_snapshots", at, OK
    assert snapshots["count"] == 1
    yield "derive_spec_from_ideation", at, "GATE_BLOCKED"
    return at


def _design(on: dict[str, Any], ideation_id: str) -> Generator[Step, Any, None]:
    entities = [{"id": "a", "name": "Client", "entity_type": "service"}, {"id": "b", "name": "API", "entity_type": "x"}]
    interfaces = [{"id": "i", "name": "Call", "participants": ["a", "b"], "direction": "source_to_target",
                   "protocol": "HTTP"}]  # fmt: skip
    design = {**on, "parent_type": "ideation", "parent_id": ideation_id, "title": "Overview",
              "global_description": "How it fits."}  # fmt: skip
    made = yield "add_architecture_design", {**design, "entities": entities, "interfaces": interfaces}, OK
    assert made["architecture_design"]["version"] == 1
    drawn = [{"id": "d", "title": "Context", "diagram_type": "context", "format": "mermaid", "adapter_payload": {}}]
    yield "add_architecture_design", {**design, "entities": entities, "diagrams": drawn}, "VALIDATION_ERROR"
    alike = [{"id": "a", "name": "Service", "entity_type": "service"}]
    yield "add_architecture_design", {**design, "entities": alike}, "VALIDATION_ERROR"


def _refinement(on: dict[str, Any], ideation: dict[str, Any]) -> Generator[Step, Any, dict[str, Any]]:
    given = {"title": "Core", "in_scope": "A|B", "out_of_scope": "C", "analysis": "Looked at.", "decisions": "D1|D2"}
    made = yield "create_refinement", {**ideation, **given}, OK
    at = {**on, "refinement_id": made["refinement"]["id"]}
    context = yield "get_refinement_context", at, OK
    assert (len(context["qa_items"]), len(context["knowledge_bases"])) == (2, 1)
    for status in ("review", "approved", "done"):
        yield "move_refinement", {**at, "status": status}, OK
    return at


def _spec(on: dict[str, Any], refinement: dict[str, Any]) -> Generator[Step, Any, tuple[dict[str, Any], list[str]]]:
    made = yield "derive_spec_from_refinement", refinement, OK
    at = {**on, "spec_id": made["spec"]["id"]}
    lists = {"functional_requirements": "F0|F1", "technical_requirements": "T0|T1", "acceptance_criteria": "A0|A1"}
    changed = yield "update_spec", {**at, **lists}, OK
    assert changed["spec"]["version"] == 2
    rule = {**at, "title": "R", "rule": "r", "when": "w", "then": "t"}
    first = yield "add_business_rule", {**rule, "linked_requirements": "0"}, OK
    assert first["business_rule"]["linked_requirements"] == ["F0"]
    yield "add_business_rule", {**rule, "linked_requirements": "7"}, "VALIDATION_ERROR"
    contract = yield "add_api_contract", {
        **at, "method": "post", "path": "/retry", "request_body_json": "{}", "response_success_json": '{"ok": true}',
        "response_errors_json": '[{"status": 503}]', "linked_requirements": "0",
        "linked_rules": first["business_rule"]["id"],
    }, OK  # fmt: skip
    assert contract["api_contract"]["method"] == "POST"
    old = yield "add_decision", {**at, "title": "Linear", "rationale": "Simple."}, OK
    newer = {"title": "Exponential", "rationale": "Kinder.", "alternatives_considered": "a|b"}
    superseding = {"supersedes_decision_id": old["decision"]["id"], "linked_requirements": "0"}
    yield "add_decision", {**at, **newer, **superseding}, OK
    scenarios = []
    for index in ("0", "1"):
        scenario = {**at, "title": f"TS{index}", **GIVEN, "scenario_type": "integration", "linked_criteria": index}
        added = yield "add_test_scenario", scenario, OK
        scenarios.append(added["scenario"]["id"])
    yield "create_card", {**at, "title": "Too early"}, "GATE_BLOCKED"
    yield "move_spec", {**at, "status": "approved"}, "INVALID_TRANSITION"
    for status in ("review", "approved"):
        yield "move_spec", {**at, "status": status}, OK
    return at, scenarios


def _cards(
    on: dict[str, Any], spec: dict[str, Any], scenarios: list[str]
) -> Generator[Step, Any, dict[str, dict[str, Any]]]:
    cards = {}
    for name in ("A", "K"):
        made = yield "create_card", {**spec, "title": name, "priority": "high", "labels": ["x"]}, OK
        cards[name] = {**on, "card_id": made["card"]["id"]}
    for number, scenario in enumerate(scenarios):
        test = {**spec, "title": f"T{number}", "card_type": "test"}
        yield "create_card", test, "VALIDATION_ERROR"
        made = yield "create_card", {**test, "test_scenario_ids": [scenario]}, OK
        cards[f"T{number}"] = {**on, "card_id": made["card"]["id"]}
    context = yield "get_spec_context", spec, OK
    card_id = cards["A"]["card_id"]
    for rule in context["business_rules"]:
        yield "link_task_to_rule", {**spec, "rule_id": rule["id"], "card_id": card_id}, OK
    for requirement in context["technical_requirements"]:
        yield "link_task_to_tr", {**spec, "tr_id": requirement["id"], "card_id": card_id}, OK
    contract, decision = context["api_contracts"][0]["id"], context["decisions"][0]["id"]
    yield "link_task_to_contract", {**spec, "contract_id": contract, "card_id": cards["K"]["card_id"]}, OK
    linked = yield "link_task_to_decision", {**spec, "decision_id": decision, "card_id": card_id}, OK
    assert linked["linked_tasks"] == [card_id]
    missing = "00000000-0000-4000-8000-000000000000"
    yield "link_task_to_contract", {**spec, "contract_id": contract, "card_id": missing}, "NOT_FOUND"
    return cards


def _lock(on: dict[str, Any], spec: dict[str, Any], cards: dict[str, dict[str, Any]]) -> Generator[Step, Any, None]:
    yield "move_spec", {**spec, "status": "validated"}, OK
    yield "update_spec", {**spec, "description": "Too late."}, "GATE_BLOCKED"
    rule = {"title": "R", "rule": "r", "when": "w", "then": "t"}
    yield "add_business_rule", {**spec, **rule}, "GATE_BLOCKED"
    yield "ask_spec_question", {**spec, "question": "Still open?"}, OK
    yield "move_card", {**cards["A"], "status": "started"}, "GATE_BLOCKED"
    yield "move_card", {**cards["T0"], "status": "started"}, OK
    ways = yield "get_allowed_transitions", {**on, "entity_type": "card", "entity_id": cards["A"]["card_id"]}, OK
    started = next(way for way in ways["transitions"] if way["to"] == "started")
    assert started["unmet"][0]["fix"]["operation"] == "okto_pulse_move_spec"
    yield "move_spec", {**spec, "status": "in_progress"}, OK


def _sprint(
    on: dict[str, Any], spec: dict[str, Any], scenarios: list[str], cards: dict[str, dict[str, Any]]
) -> Generator[Step, Any, dict[str, Any]]:
    plan = {"title": "Sprint", "objective": "Retries", "expected_outcome": "It retries."}
    made = yield "create_sprint", {**spec, **plan, "test_scenario_ids": scenarios}, OK
    at = {**on, "sprint_id": made["sprint"]["id"]}
    yield "create_sprint", {**spec, **plan, "test_scenario_ids": ["ts_00000000"]}, "VALIDATION_ERROR"
    yield "move_sprint", {**at, "status": "active"}, "GATE_BLOCKED"
    ids = [cards[name]["card_id"] for name in ("A", "K", "T0", "T1")]
    assigned = yield "assign_tasks_to_sprint", {**at, "card_ids": ids}, OK
    assert assigned["assigned"] == 4
    yield "move_sprint", {**at, "status": "active"}, OK
    waits = {**cards["K"], "depends_on_id": cards["A"]["card_id"]}
    yield "add_card_dependency", waits, OK
    yield "add_card_dependency", waits, "DUPLICATE"
    yield "add_card_dependency", {**cards["A"], "depends_on_id": cards["K"]["card_id"]}, "DEPENDENCY_CYCLE"
    yield "add_card_dependency", {**cards["A"], "depends_on_id": cards["A"]["card_id"]}, "DEPENDENCY_CYCLE"
    yield "move_card", {**cards["K"], "status": "started"}, "GATE_BLOCKED"
    return at


def _work(on: dict[str, Any], cards: dict[str, dict[str, Any]]) -> Generator[Step, Any, None]:
    ready = yield "list_ready_cards", on, OK
    assert cards["A"]["card_id"] in [row["card"]["id"] for row in ready["cards"]]
    assert cards["K"]["card_id"] not in [row["card"]["id"] for row in ready["cards"]]
    for status in ("started", "in_progress"):
        yield "move_card", {**cards["A"], "status": status}, OK
    yield "move_card", {**cards["A"], "status": "validation"}, "GATE_BLOCKED"
    yield "move_card", {**cards["A"], "status": "validation", **REPORT, "drift": 101}, "VALIDATION_ERROR"
    yield "move_card", {**cards["A"], "status": "validation", **REPORT}, OK
    reports = yield "get_task_conclusions", cards["A"], OK
    assert [report["source"] for report in reports["conclusions"]] == ["move_to_validation"]
    yield "move_card", {**cards["A"], "status": "done"}, OK


def _tests(
    on: dict[str, Any], spec: dict[str, Any], scenarios: list[str], cards: dict[str, dict[str, Any]]
) -> Generator[Step, Any, None]:
    at = {**spec, "scenario_id": scenarios[0], "status": "automated"}
    refused = yield "update_test_scenario_status", at, "GATE_BLOCKED"
    assert refused["required"] == ["test_file_path", "test_function"]
    proof = '{"test_file_path":"t.py","test_function":"test_x"}'
    proven = yield "update_test_scenario_status", {**at, "evidence": proof}, OK
    assert (proven["old_status"], proven["new_status"], proven["evidence_provided"]) == ("draft", "automated", True)
    passed = '{"last_run_at": "2026-11-28T00:00:00Z", "output_snippet": "1 passed"}'
    for scenario in scenarios:
        yield "update_test_scenario_status", {
            **spec, "scenario_id": scenario, "status": "passed", "evidence": passed
        }, OK  # fmt: skip
    for name in ("T0", "T1"):
        yield "move_card", {**cards[name], "status": "done", **REPORT}, OK


def _bug(
    on: dict[str, Any], spec: dict[str, Any], scenarios: list[str], cards: dict[str, dict[str, Any]],
    sprint: dict[str, Any],
) -> Generator[Step, Any, dict[str, Any]]:  # fmt: skip
    bug = {**on, "title": "It fails", "spec_id": "", "card_type": "bug", "origin_task_id": cards["A"]["card_id"]}
    seen = {"severity": "major", "expected_behavior": "works", "observed_behavior": "fails"}
    yield "create_card", bug, "VALIDATION_ERROR"
    made = yield "create_card", {**bug, **seen}, OK
    at = {**on, "card_id": made["card"]["id"]}
    test = {**spec, "title": "N", "card_type": "test", "test_scenario_ids": [scenarios[0]]}
    regression = yield "create_card", test, OK
    ids = [at["card_id"], regression["card"]["id"]]
    yield "assign_tasks_to_sprint", {**sprint, "card_ids": ids}, OK
    yield "update_card", {**at, "linked_test_task_ids": [regression["card"]["id"]]}, OK
    for status in ("started", "in_progress"):
        yield "move_card", {**at, "status": status}, OK
    yield "move_card", {**at, "status": "validation", **REPORT}, OK
    yield "move_card", {**at, "status": "done"}, OK
    yield "move_card", {**on, "card_id": regression["card"]["id"], "status": "done", **REPORT}, OK
    return at


def _close(
    on: dict[str, Any], spec: dict[str, Any], sprint: dict[str, Any], cards: dict[str, dict[str, Any]],
    bug: dict[str, Any],
) -> Generator[Step, Any, None]:  # fmt: skip
    yield "move_sprint", {**sprint, "status": "review"}, OK
    closed = yield "move_sprint", {**sprint, "status": "closed"}, OK
    assert [card["id"] for card in closed["carried_over"]] == [cards["K"]["card_id"]]
    yield "move_card", {**cards["K"], "status": "cancelled"}, OK
    yield "move_spec", {**spec, "status": "done"}, OK
    found = yield "search", {"query": "retry"}, OK
    assert found["hits"]


def _small(on: dict[str, Any]) -> Generator[Step, Any, None]:
    made = yield "create_ideation", {**on, "title": "Small"}, OK
    at = {**on, "ideation_id": made["ideation"]["id"]}
    for status in ("review", "approved", "evaluating"):
        yield "move_ideation", {**at, "status": status}, OK
    yield "evaluate_ideation", {**at, "domains": "1", "ambiguity": "1", "dependencies": "1"}, OK
    yield "move_ideation", {**at, "status": "done"}, OK
    yield "derive_spec_from_ideation", at, OK
    tree = {**on, "entity_type": "ideation", "entity_id": at["ideation_id"]}
    archived = yield "archive_tree", tree, OK
    assert (archived["archived_count"]["ideations"], archived["archived_count"]["specs"]) == (1, 1)
    restored = yield "restore_tree", tree, OK
    assert restored["restored_count"]["specs"] == 1
