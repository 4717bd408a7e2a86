"""The Docker Engine HTTP API over the model engine.

``Api(engine).handle(request)`` is the whole API as one function, without a transport. ``adapter.client()`` puts
docker-py on top of it in this process; ``server.serve()`` puts it on a unix socket for the docker CLI and any other
client.
"""

from __future__ import annotations

from dnetlab.embedded.api.core import Api
from dnetlab.embedded.api.http import Hijack, Request, Response

__all__ = ["Api", "Hijack", "Request", "Response"]
