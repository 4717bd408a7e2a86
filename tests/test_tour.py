"""The tour on the embedded engine: every claim of every type holds, the picture is there, nothing is left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dnetlab import tour, types
from dnetlab.cli import app
from dnetlab.engine import Engine, find
from dnetlab.types import NetworkType

TYPES = types.all_types()


@pytest.fixture(scope="module")
def model() -> Engine:
    return find("embedded")


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_every_claim_holds_with_evidence_on_the_embedded_engine(
    kind: NetworkType, model: Engine, tmp_path: Path
) -> None:
    stop = tour.visit(kind, model, tmp_path)
    assert stop.error == ""
    assert [str(v) for v in stop.verdicts if not v.holds] == []
    for verdict in stop.verdicts:
        for seen in verdict.seen:
            assert seen.evidence and all(ran.command for ran in seen.evidence), (verdict.claim.id, seen.what)
    assert [v.claim.id for v in stop.verdicts] == [c.id for c in kind.claims]
    assert stop.picture is not None
    assert stop.picture.read_bytes().startswith(b"\x89PNG")
    assert model.client.containers.list(all=True) == []
    assert {n.name for n in model.client.networks.list()} == {"bridge", "host", "none"}


def test_the_report_has_the_agreed_form(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["tour", "host", "ipvlan_l3", "--engine", "embedded", "--json", "--out", str(tmp_path)]
    )
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert report["engine"] == {"kind": "embedded", "version": "28.5", "url": "embedded"}
    assert [stop["type"] for stop in report["types"]] == ["host", "ipvlan_l3"]
    for stop in report["types"]:
        assert set(stop) == {"type", "claims", "seconds", "picture"}
        assert Path(stop["picture"]).parent == tmp_path
        for claim in stop["claims"]:
            assert {"id", "text", "holds", "evidence"} <= set(claim)
            assert claim["holds"] is True
            for expectation in claim["evidence"]:
                assert {"expected", "seen", "commands"} == set(expectation)


def test_the_table_names_the_engine_as_a_model_and_shows_commands_with_their_output(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["tour", "host", "--engine", "embedded", "--out", str(tmp_path)])
    assert result.exit_code == 0
    assert result.stdout.startswith("embedded engine (model of Docker Engine 28.5)\n")
    for claim in types.get("host").claims:
        assert " ".join(claim.text.split()[:2]) in result.stdout
    assert "host$ " in result.stdout
    assert "✓ host: 10 of 10 claims hold" in result.stdout


def test_a_tour_ends_with_the_worst_of_its_types() -> None:
    kind = types.get("host")
    good = tour.visit(kind, find("embedded"))
    bad = tour.Stop(kind, (), 0.0, None)
    unable = tour.Stop(kind, (), 0.0, None, "no")
    assert [tour.status(stops) for stops in ([good], [good, bad], [good, bad, unable])] == [0, 1, 2]
