"""Pulse's settings with the apps that a store needs, because these tests start many processes."""

from pulse_project.settings import *  # noqa: F403 - a settings module extends another one

INSTALLED_APPS = ["pulse_project.core", "django.contrib.auth", "django.contrib.contenttypes"]
