"""What people do with lists of the admin, and what they read afterwards."""

from typing import Any

from tests.markup import parse


def act(client: Any, address: str, action: str, *records: Any, **answers: Any) -> Any:
    """Choose the action for the records and confirm its page."""
    return _posted(client, address, action, records, confirmed="yes", **answers)


def ask(client: Any, address: str, action: str, *records: Any, **answers: Any) -> Any:
    """Choose the action for the records and stay on the page that it answers."""
    return _posted(client, address, action, records, **answers)


def _posted(client: Any, address: str, action: str, records: Any, **answers: Any) -> Any:
    data = {"action": action, "_selected_action": [record.pk for record in records], "index": 0, **answers}
    return client.post(address, data, follow=True)


def offered(client: Any, address: str) -> set[str]:
    """The actions in the list above the records."""
    page = parse(client.get(address).content)
    return {option.get("value") for option in page.all("option")} - {""}


def told(response: Any) -> list[str]:
    """The messages of the page."""
    return [str(message) for message in response.context["messages"]]


def text(response: Any) -> str:
    return parse(response.content).text


def cells(response: Any) -> list[str]:
    """The cells of the table that says what became of each record, in order."""
    page = parse(response.content)
    return [cell.words for cell in page.elements if cell.tag in {"td", "th"} and "tbody" in cell.ancestors]


def buttons(client: Any, address: str) -> set[str]:
    """The actions that a record offers on its own page."""
    page = parse(client.get(address).content)
    return {button.get("value") for button in page.all("button") if button.get("name") == "action"}
