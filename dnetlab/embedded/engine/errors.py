"""What the engine answers when it refuses: one exception with the HTTP status and the engine's own
sentence.
"""

from __future__ import annotations


class EngineError(Exception):
    """A refusal of the engine.

    Attributes:
        status: the HTTP status of the answer (400, 403, 404, 409, 500, 501 ...).
        message: the text of the answer's ``message`` field, word for word as Docker Engine gives it.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def __str__(self) -> str:
        return f"HTTP {self.status}: {self.message}"


def invalid(message: str) -> EngineError:
    """400: the request itself is wrong."""
    return EngineError(400, message)


def forbidden(message: str) -> EngineError:
    """403: right in form, but not permitted in the engine's present state."""
    return EngineError(403, message)


def not_found(message: str) -> EngineError:
    """404: no object of that name or id."""
    return EngineError(404, message)


def conflict(message: str) -> EngineError:
    """409: the object's state does not allow it, or the name is taken."""
    return EngineError(409, message)


def failed(message: str) -> EngineError:
    """500: tried and failed; what was half done has been undone."""
    return EngineError(500, message)


def unsupported(what: str) -> EngineError:
    """501: a real engine could, this model cannot; says so in so many words."""
    return EngineError(501, f"{what} is not part of the embedded engine (a model of Docker's networking)")
