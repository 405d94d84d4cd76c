"""Which network addresses may be asked: never the operator's own network by accident.

A source's address comes from a person or from a redirect; without this guard it could read
what only this machine can reach (server-side request forgery).
"""

from __future__ import annotations

import ipaddress
import socket

from crawlers.contract import Fault, SourceError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
REDIRECTS_AT_MOST = 5
"""Each leads to an address that is checked anew."""
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def resolve(host: str, port: int, *, allow_private: bool) -> list[str]:
    """Addresses of a host, every one of them checked; connect to these and to no other.

    Raises SourceError: PRIVATE_ADDRESS when any is not public, UNREACHABLE when there is none.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        detail = f"the name {host} could not be resolved"
        raise SourceError(Fault.UNREACHABLE, detail, sent=False) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        refuse_private(host, address, allow_private=allow_private)
    return addresses


def refuse_private(host: str, address: str, *, allow_private: bool) -> None:
    """Raise SourceError PRIVATE_ADDRESS for an address that is not public, unless allowed."""
    if allow_private or is_public(address):
        return
    raise SourceError(
        Fault.PRIVATE_ADDRESS,
        f"{host} is at the private address {address}; "
        "set allow_private_hosts in the configuration if that is meant",
        sent=False,
    )


def is_public(address: str) -> bool:
    """True for a unicast address of the public internet, whatever it is wrapped in."""
    parsed = ipaddress.ip_address(address.split("%")[0])
    return all(part.is_global and not part.is_multicast for part in [parsed, *_inside(parsed)])


def _inside(address: Address) -> list[Address]:
    """The IPv4 addresses that an IPv6 address carries (mapped, 6to4, Teredo, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    inside: list[Address | None] = [address.ipv4_mapped, address.sixtofour]
    inside += address.teredo or ()
    if address in NAT64:
        inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [part for part in inside if part is not None]
