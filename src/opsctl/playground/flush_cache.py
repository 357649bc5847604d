"""What the playground's own command runs; it stands for any tool that a site has opsctl run.

Finds the replicas of a service as the site's deployer knows them, and has each of them empty its cache.
"""

import json
import os
import sys
from collections.abc import Sequence
from http.client import HTTPConnection
from urllib.parse import urlsplit

from opsctl import wiring
from opsctl.core.published_site import PublishedSite
from opsctl.wiring.services import Adapters

TIMEOUT_SECONDS = 5.0


def main(words: Sequence[str]) -> int:
    """`flush_cache CONFIG SERVICE ENVIRONMENT`: 0 where every replica did it."""
    config, service, environment = words
    found = endpoints(config, service, environment)
    if not found:
        print(f"nothing of {service} runs in {environment}")
        return 1
    is_done = True
    for endpoint in found:
        try:
            print(f"{endpoint}: {flushed(endpoint)} entries dropped", flush=True)
        except (OSError, ValueError) as error:
            is_done = False
            print(f"{endpoint}: {error}", flush=True)
    return 0 if is_done else 1


def endpoints(config: str, service: str, environment: str) -> tuple[str, ...]:
    """The base URLs of the replicas in service. Raises OpsctlError."""
    settings = wiring.settings_of(os.environ, config)
    store = wiring.open_store(settings)
    try:
        site = PublishedSite.from_json(json.loads(store.published() or "null"))
    finally:
        store.close()
    return Adapters(settings.folder).deployer(site.service(service), environment).state().endpoints


def flushed(endpoint: str) -> int:
    """Have one replica empty its cache; returns how much it dropped. Raises OSError; ValueError for an odd answer."""
    connection = HTTPConnection(urlsplit(endpoint).netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("DELETE", "/cache")
        answer = connection.getresponse()
        if answer.status != 200:
            raise ValueError(f"answered {answer.status}")
        return int(json.load(answer)["dropped"])
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
