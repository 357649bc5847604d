"""Asks local ports side by side whether they are healthy, with a time limit and no HTTP library to load."""

import selectors
import socket
import time
from collections.abc import Mapping
from contextlib import ExitStack

_REQUEST = "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: opsctl\r\nConnection: close\r\n\r\n"


def healthy_ports(paths: Mapping[int, str], seconds: float = 0.4) -> frozenset[int]:
    """The ports of this machine that answer a GET of their path with a 2xx within the time limit."""
    deadline = time.monotonic() + seconds
    healthy = set()
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        connections = {port: stack.enter_context(socket.socket()) for port in paths}
        for port, connection in connections.items():
            connection.setblocking(False)
            connection.connect_ex(("127.0.0.1", port))
            selector.register(connection, selectors.EVENT_WRITE, port)
        while selector.get_map() and (left := deadline - time.monotonic()) > 0:
            for key, events in selector.select(left):
                port = key.data
                is_over, is_healthy = _go_on(connections[port], events, _REQUEST.format(path=paths[port], port=port))
                if is_healthy:
                    healthy.add(port)
                if is_over:
                    selector.unregister(key.fileobj)
                else:
                    selector.modify(key.fileobj, selectors.EVENT_READ, port)
    return frozenset(healthy)


def _go_on(connection: socket.socket, events: int, request: str) -> tuple[bool, bool]:
    """Ask where asking is due, else read the answer: whether it is over, and whether it is a good one."""
    try:
        if events & selectors.EVENT_WRITE:
            connection.sendall(request.encode())
            return False, False
        words = connection.recv(256).split(None, 2)
    except OSError:
        return True, False
    return True, len(words) > 1 and words[0].startswith(b"HTTP/") and len(words[1]) == 3 and words[1][:1] == b"2"
