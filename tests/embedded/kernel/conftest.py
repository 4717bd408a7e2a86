"""Fixtures of the kernel's tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from labs import Lan


@pytest.fixture
def lan() -> Lan:
    """The LAN of the goldens, three seconds after it was built."""
    return Lan()
