"""What the embedded engine does not do as the real one, and why that may stay. An entry that differs no more is an error."""

from __future__ import annotations

from tests.conformance.suite import Known

KNOWN: tuple[Known, ...] = ()
