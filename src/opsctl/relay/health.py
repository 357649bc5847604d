"""GET /healthz, /readyz and /metrics: for whoever watches the relay. Nothing on them is private to a person."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from opsctl.core.errors import StoreUnusable
from opsctl.relay.metrics import CONTENT_TYPE, Metrics
from opsctl.relay.probe import Probe


def routes(probe: Probe, metrics: Metrics) -> list[BaseRoute]:
    """`/healthz`: the process answers. `/readyz`: it hears and can act. `/metrics`: numbers."""

    async def healthz(request: Request) -> Response:
        del request
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        del request
        found = await run_in_threadpool(probe.finding)
        told = {"is_ready": found.is_ready, **found.parts, **found.counts}
        told["round_trip_seconds"] = found.round_trip_seconds
        return JSONResponse(told, status_code=200 if found.is_ready else 503)

    async def numbers(request: Request) -> Response:
        del request
        try:
            return Response(await run_in_threadpool(metrics.text), media_type=CONTENT_TYPE)
        except StoreUnusable:
            return PlainTextResponse("The store can't be used now.\n", status_code=503)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", numbers)]
