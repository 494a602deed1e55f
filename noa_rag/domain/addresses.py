"""Network addresses of requests, grouped as rate limits count them."""

import ipaddress


def network_of(address: str) -> str:
    """Return an IPv4 address as it is, and the /64 of an IPv6 address: whoever has one of those has all of it.

    What is no address, such as the name of a test client, is returned unchanged.
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        mapped = known.ipv4_mapped
        return str(mapped or ipaddress.ip_network((known, 64), strict=False))
    return str(known)


def wrong_networks(listed: str) -> list[str]:
    """Return what in a list with commas is neither an address nor a network such as 10.0.0.0/8."""
    return [one for one in networks(listed) if not _is_network(one)]


def networks(listed: str) -> list[str]:
    """Return the parts of a list with commas."""
    return [part for one in listed.split(",") if (part := one.strip())]


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True
