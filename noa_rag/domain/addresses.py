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


def is_written_out(host: str) -> bool:
    """Return whether a host is an IP address or this machine: whoever writes that knows where it leads."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.lower() == "localhost"
    return True


def is_public(address: str) -> bool:
    """Return whether an IP address is reached over the Internet, and by nobody's own network."""
    known = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped:
        known = known.ipv4_mapped
    return known.is_global and not known.is_multicast


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
