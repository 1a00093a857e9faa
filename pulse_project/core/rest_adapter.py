"""The published REST addresses: one view per address, built from the registry, with the operation's own errors."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from asgiref.sync import async_to_sync
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, re_path
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.views import APIView

from pulse_project.core import body, calling, dispatch, executor
from pulse_project.core.calling import Answer
from pulse_project.core.errors import Code, Failure
from pulse_project.core.executor import Outcome
from pulse_project.core.openapi import OperationSchema
from pulse_project.core.operations import REGISTRY, REST, Operation, Route
from pulse_project.core.principals import ANONYMOUS, Caller

Published = dict[str, tuple[Operation, Route]]  # by HTTP method


class OperationView(APIView):
    """The operations of one address. Identity, limits and permissions are the guard's and the executor's business."""

    published: ClassVar[Published] = {}
    schema = OperationSchema()

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Nothing is negotiated: every answer is JSON."""

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, MethodNotAllowed):
            return _response(not_answered(self.published))
        return super().handle_exception(exc)


def _handler(operation: Operation, route: Route) -> Callable[..., HttpResponseBase]:
    def handle(_view: OperationView, request: Request, **path_values: Any) -> HttpResponse:
        http: HttpRequest = request._request
        caller = caller_of(http)
        try:
            calling.offered(operation.name, REST, caller)
            given = _arguments(operation, route, http, path_values)
        except Failure as failure:
            return _response(calling.answer(operation, Outcome(failure=failure), route))
        return _response(calling.answer(operation, _run(operation, given, caller, http), route))

    return handle


def _run(operation: Operation, given: dict[str, Any], caller: Caller, http: HttpRequest) -> Outcome:
    """Under ASGI the call goes through the pools, so that this request's thread never opens a connection of its own."""
    if isinstance(http, ASGIRequest):
        return async_to_sync(dispatch.call)(operation, given, caller)
    return executor.call_sync(operation, given, caller)


def _arguments(operation: Operation, route: Route, http: HttpRequest, path_values: dict[str, Any]) -> dict[str, Any]:
    try:
        raw = http.body
    except RequestDataTooBig as error:
        raise body.too_large(body.MAX_BYTES) from error
    query = {name: http.GET.getlist(name) for name in http.GET}
    given = arguments(operation, route, query, raw, path_values)
    return calling.with_key(operation, given, http.headers.get("Idempotency-Key", ""))


def arguments(
    operation: Operation, route: Route, query: Mapping[str, list[str]], raw: bytes, path_values: Mapping[str, Any]
) -> dict[str, Any]:
    """The arguments of one request; values of the path win over the body, the body over the query."""
    calling.refuse_nul(query, path_values)
    given = {**calling.of_query(operation, query), **calling.arguments(raw), **path_values}
    return given if route.coerce is None else route.coerce(given)


def not_answered(published: Published) -> Answer:
    """The answer to a verb that the address does not know."""
    allowed = sorted(published)
    names = ", ".join(allowed)
    refused = calling.refusal(
        Failure(Code.VALIDATION_ERROR, f"This address answers {names}.", allowed=allowed), status=405
    )
    return replace(refused, headers=((b"allow", names.encode()),))


def unknown() -> Answer:
    """The answer to an address that nobody published."""
    return calling.refusal(Failure(Code.NOT_FOUND, "No such address. /api/docs lists them."))


def caller_of(http: HttpRequest) -> Caller:
    """The caller that the guard found, or nobody."""
    scope = getattr(http, "scope", {})
    caller: Caller | None = scope.get("state", {}).get("caller")
    return ANONYMOUS if caller is None else caller.via("rest")


def _response(answer: Answer) -> HttpResponse:
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    content_type = answer.content_type.decode()
    return HttpResponse(answer.content, status=answer.status, content_type=content_type, headers=headers)


def published() -> dict[str, Published]:
    """Every published address with its operation per HTTP method; the most specific address first."""
    found: dict[str, Published] = {}
    for operation in REGISTRY.values():
        for route in operation.routes:
            address = f"{operation.catalog.rest_prefix.strip('/')}/{route.path}"
            found.setdefault(address, {})[route.method] = (operation, route)
    return dict(sorted(found.items(), key=lambda item: _specificity(item[0])))


def _specificity(address: str) -> tuple[int, list[int]]:
    """More segments first, literal before `<str:>` before `<path:>`, which would swallow a longer address."""
    segments = address.split("/")
    return -len(segments), [2 if part.startswith("<path:") else 1 if part.startswith("<") else 0 for part in segments]


def view_of(methods: Published) -> Any:
    """The view class of one address."""
    handlers = {method.lower(): _handler(operation, route) for method, (operation, route) in methods.items()}
    names = [*handlers, "head"] if "get" in handlers else list(handlers)
    view: type[OperationView] = type(
        "PublishedView", (OperationView,), {**handlers, "published": methods, "http_method_names": names}
    )
    return view.as_view()


def urlpatterns(aliases: dict[str, str]) -> Iterator[URLPattern]:
    """The addresses, those in `aliases` (alias -> address), and the JSON 404 of all else below /api/."""
    addresses = published()
    for address, methods in addresses.items():
        yield path(address, view_of(methods))
    for alias, address in aliases.items():
        if address in addresses:
            yield path(alias, view_of(addresses[address]))
    yield re_path(r"^api/", unknown_address)


def unknown_address(_request: HttpRequest) -> HttpResponse:
    return _response(unknown())
