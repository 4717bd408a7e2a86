"""Exercises and questions of the network types: one module a type, with the type's name."""

from __future__ import annotations

import importlib
import importlib.util

from dnetlab.check import Exercise, Question


def of(type_name: str) -> tuple[tuple[Exercise, ...], tuple[Question, ...]]:
    """Exercises and questions of a type; none where it has no module here."""
    name = f"{__name__}.{type_name}"
    if importlib.util.find_spec(name) is None:
        return (), ()
    module = importlib.import_module(name)
    return tuple(module.EXERCISES), tuple(module.QUESTIONS)
