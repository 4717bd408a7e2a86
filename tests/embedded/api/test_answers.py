"""Two hundred odd and bad requests, one after the other, answered as Docker Engine 28.5.2 answered them.

``answers-28.5.2.jsonl`` holds the requests and what was measured; identifiers are written ``<id>``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dnetlab.embedded import Api, Engine, Request
from dnetlab.embedded.api import Hijack

MEASURED = [
    json.loads(line) for line in Path(__file__).with_name("answers-28.5.2.jsonl").read_text().splitlines()
]

DIFFERENCES = {
    "POST /v1.51/session": "nothing is ever built here, so the model says 501 where the engine asks for an upgrade",
    "POST /v1.51/images/create": "importing over the network is not in the model: 501 instead of Go's URL error",
}


def name(asked: dict[str, Any]) -> str:
    return f"{asked['method']} {asked['target']}"


def answered(api: Api, asked: dict[str, Any]) -> dict[str, Any]:
    """The answer in the form of the file."""
    raw = asked.get("body", "").encode()
    headers = {"Content-Type": "application/json"} if "body" in asked else {}
    headers.update(asked.get("headers", {}))
    kept = {key: value for key, value in headers.items() if value is not None}
    response = api.handle(Request.of(asked["method"], asked["target"], kept, raw))
    body = response.body.output if isinstance(response.body, Hijack) else response.body
    if not isinstance(body, bytes):
        # Streams that begin with nothing are as good as quiet ones: nobody else is there to bring news.
        pieces = []
        for piece in body:
            if piece is None:
                break
            pieces.append(piece)
        body = b"".join(pieces)
    text = re.sub(r"[0-9a-f]{64}", "<id>", body.decode().strip())
    found: dict[str, Any] = {
        "status": response.status,
        "text": text,
        "location": response.headers.get("Location"),
    }
    try:
        found["json"] = json.loads(text)
    except ValueError:
        found["json"] = None
    if isinstance(found["json"], dict):
        found["message"] = found["json"].get("message")
        found["warnings"] = found["json"].get("Warnings")
    return found


@pytest.fixture(scope="module")
def answers() -> list[dict[str, Any]]:
    api = Api(Engine())
    return [answered(api, asked) for asked in MEASURED]


@pytest.mark.parametrize("index", range(len(MEASURED)), ids=[name(asked)[:70] for asked in MEASURED])
def test_the_answer_is_the_engines(index: int, answers: list[dict[str, Any]]) -> None:
    asked, found = MEASURED[index], answers[index]
    if name(asked) in DIFFERENCES:
        assert found["status"] == 501, DIFFERENCES[name(asked)]
        return
    wanted = {
        key: asked[key]
        for key in ("status", "message", "text", "location", "warnings", "json")
        if key in asked
    }
    assert {key: found.get(key) for key in wanted} == wanted


def test_every_difference_is_still_one(answers: list[dict[str, Any]]) -> None:
    for asked, found in zip(MEASURED, answers, strict=True):
        if name(asked) in DIFFERENCES:
            assert found["status"] != asked["status"]
