"""Middleware of the Django half: security headers, and answers that wait for their writes to be durable."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from pulse_project.core.durable_middleware import DurableWritesMiddleware
from pulse_project.core.response_headers import SECURITY_HEADERS

__all__ = ["DurableWritesMiddleware", "SecurityHeadersMiddleware"]


class SecurityHeadersMiddleware:
    """Sets each security header that the view did not set itself, and keeps cookies of TLS visitors on TLS."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response
