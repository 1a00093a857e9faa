"""Answers of Django's views wait until their writes are durable, with one sync for all commits of a request."""

import logging
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from pulse_project.core import durability
from pulse_project.core.sqlite.syncer import SyncFailed

logger = logging.getLogger("pulse.durability")

Answer = HttpResponseBase | Awaitable[HttpResponseBase]


class DurableWritesMiddleware:
    """Works in both modes of Django; on PostgreSQL there is nothing to wait for."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Answer]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Answer:
        if self.is_async:
            return self._answer_async(request)
        with durability.collected() as commits:
            response = self.get_response(request)
        try:
            durability.wait(commits.ticket)
        except SyncFailed:
            return _refusal()
        return response

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        with durability.collected() as commits:
            response: HttpResponseBase = await self.get_response(request)  # type: ignore[misc]  # a coroutine function here
        try:
            await durability.durable(commits.ticket)
        except SyncFailed:
            return _refusal()
        return response


def _refusal() -> HttpResponse:
    logger.critical("an answer was withheld: its writes may not survive a power loss")
    return HttpResponse(
        "The disk refused to keep that write.\n", status=503, content_type="text/plain", headers={"Retry-After": "5"}
    )
