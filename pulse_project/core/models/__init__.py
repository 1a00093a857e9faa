"""Core tables: identity, settings, the domain log and its deliveries."""

from pulse_project.core.models.identity import Agent, ApiKey, LoginLink, PermissionPreset
from pulse_project.core.models.log import Delivery, DomainEvent, LogCounter, LogRow
from pulse_project.core.models.store import IdempotencyRecord, StoredSetting, StoreMark

__all__ = [
    "Agent",
    "ApiKey",
    "Delivery",
    "DomainEvent",
    "IdempotencyRecord",
    "LogCounter",
    "LogRow",
    "LoginLink",
    "PermissionPreset",
    "StoreMark",
    "StoredSetting",
]
