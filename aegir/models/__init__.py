"""Nouns: rows, and the rules that bind them. Everything here would hold if no machine existed."""

from aegir.models.account import ApiToken, Grant, SignInLink, User
from aegir.models.advisory import Advisory
from aegir.models.answered import Answered
from aegir.models.audit import AuditEntry, AuditHead
from aegir.models.backup import Backup
from aegir.models.client import Client
from aegir.models.code_stock import CodeStock
from aegir.models.credential import Credential
from aegir.models.default import Default
from aegir.models.feature import Feature
from aegir.models.fleet import Fleet, FleetSite
from aegir.models.message import Message
from aegir.models.package import Package
from aegir.models.pair import Pair
from aegir.models.platform import Platform
from aegir.models.prepared import Prepared
from aegir.models.remembered import Remembered
from aegir.models.secret import Secret
from aegir.models.server import Server, Service
from aegir.models.signup import Signup
from aegir.models.site import Site, SiteName
from aegir.models.subscription import Subscription
from aegir.models.tally import Tally
from aegir.models.task import Queue, Schedule, Task, TaskKey, TaskLine, TaskStep, Worker

__all__ = [
    "Advisory",
    "Answered",
    "ApiToken",
    "AuditEntry",
    "AuditHead",
    "Backup",
    "Client",
    "CodeStock",
    "Credential",
    "Default",
    "Feature",
    "Fleet",
    "FleetSite",
    "Grant",
    "Message",
    "Package",
    "Pair",
    "Platform",
    "Prepared",
    "Queue",
    "Remembered",
    "Schedule",
    "Secret",
    "Server",
    "Service",
    "SignInLink",
    "Signup",
    "Site",
    "SiteName",
    "Subscription",
    "Tally",
    "Task",
    "TaskKey",
    "TaskLine",
    "TaskStep",
    "User",
    "Worker",
]
