"""Conformance: one list of scenarios, run on the embedded engine and on a real one, compared fact by fact.

A scenario drives an engine through docker-py and notes facts: pairs of a name and a value that must be equal on
both. ``python -m tests.conformance`` runs everything; what a real engine answered is kept in ``facts-28.5.json``, so
that the embedded engine can be compared in seconds where there is no real one.
"""
