"""The four ways a request can end badly, sorted by what the reader must do about it.

Every message is one sentence that names the thing and the remedy, fit to be shown to a person. None may
hold a secret.
"""


class AegirError(Exception):
    """Base of every error that Aegir raises on purpose; ``str()`` of it is the sentence to show."""


class Refused(AegirError):
    """What was asked for is not possible: change the request. Nothing was queued, nothing changed."""

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        """``field`` names the argument at fault (``domain``, ``platform``), for forms and the API."""
        super().__init__(sentence)
        self.field = field


class Unreachable(AegirError):
    """A server or service is away; the same request may go through later."""


class Broken(AegirError):
    """A step failed; what it changed is undone. The task's log says more."""

    def __init__(self, sentence: str = "", *, detail: dict[str, object] | None = None) -> None:
        """``detail``: the parts of the failure, where it has some, as what failed after what had run."""
        super().__init__(sentence)
        self.detail = detail or {}


class Stuck(AegirError):
    """An undo failed: a person is needed, and the message tells where exactly."""
