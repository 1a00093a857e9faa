"""Asking again for the password before keys are made or the store is emptied."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from pulse_project.core import browser_sessions, clock, login_throttle
from pulse_project.core.identity.guards import CONFIRMED_FOR_US
from pulse_project.core.page_caller import caller_of


def is_confirmed(request: HttpRequest) -> bool:
    """Whether this session gave a password or used a one-time link within the last ten minutes."""
    return clock.now_us() - caller_of(request).confirmed_us <= CONFIRMED_FOR_US


class ConfirmForm(forms.Form):
    """The password of the signed-in user; a right one confirms the session for ten minutes."""

    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="Your login is older than ten minutes, so this step asks for your password.",
    )

    def __init__(self, request: HttpRequest, data: Any = None) -> None:
        super().__init__(data)
        self.request = request

    @property
    def can_be_answered(self) -> bool:
        """False for a user who only ever used one-time links: they need a new link."""
        return bool(self.request.user.is_authenticated and self.request.user.has_usable_password())

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        user = self.request.user
        name, peer = user.get_username(), str(self.request.META.get("REMOTE_ADDR", ""))
        if login_throttle.delay(name, peer):
            raise ValidationError("Too many attempts. Wait and try again.")
        if not user.is_authenticated or not user.check_password(password):
            login_throttle.failed(name, peer)
            raise ValidationError("That is not your password.")
        login_throttle.succeeded(name, peer)
        self.request.session[browser_sessions.CONFIRMED] = clock.now_us()
        return password
