"""Pulse's settings with the stumbling app on top."""

from pulse_project.settings import *  # noqa: F403
from pulse_project.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, "tests.serve.stumbling"]
