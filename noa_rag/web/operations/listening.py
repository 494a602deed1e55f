"""Sockets that servers listen on; a taken address is told in words."""

import socket

from noa_rag.domain.errors import NoaError

BACKLOG = 2048  # connections that the system holds until a worker takes them, also while all are being restarted


def bound(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address, so that a taken one is reported before anything is opened.

    Raises NoaError when the address cannot be had.
    """
    is_ipv6 = ":" in host
    listener = socket.socket(socket.AF_INET6 if is_ipv6 else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_ipv6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise _taken(host, port, error) from error
    return listener


def listen(listener: socket.socket) -> None:
    """Start listening; visitors who come before a worker is ready wait. Raises NoaError when another was quicker."""
    try:
        listener.listen(BACKLOG)
    except OSError as error:  # another service was started at the same moment
        host, port = listener.getsockname()[:2]
        raise _taken(host, port, error) from error


def _taken(host: str, port: int, error: OSError) -> NoaError:
    return NoaError(
        f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port, or stop what uses this one."
    )
