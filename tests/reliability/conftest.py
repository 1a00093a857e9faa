"""Servers of their own, for promises that are about processes."""

from tests.serve.conftest import install, servers, sqlite_install

__all__ = ["install", "servers", "sqlite_install"]
