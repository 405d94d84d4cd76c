"""Parse functions for the tests of the spider, good and bad; imported in the child."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from typing import NoReturn

from crawlers import _address
from crawlers.spider import Parsed

PRIVATE_HERE = "127.0.0.2"

if "crawlers._child" in sys.modules:  # in the child only: one loopback address passes for public
    _address.is_public = lambda address: address != PRIVATE_HERE


def numbered(page: str, url: str) -> Parsed:
    """Page n of m, as "n/m" in the page."""
    number, last = map(int, page.split("/"))
    following = re.sub(r"\d+$", str(number + 1), url) if number < last else None
    return Parsed(next_url=following, facts={"number": number})


def environment(page: str, url: str) -> Parsed:
    """The names the child can see, and its process id; there is always a next page."""
    return Parsed(next_url=url, facts={"names": sorted(os.environ), "pid": os.getpid()})


def broken(page: str, url: str) -> Parsed:
    """A parse function that met what it did not expect."""
    nothing: dict[str, int] = {}
    return Parsed(facts={"never": nothing["stars"]})


def crashing(page: str, url: str) -> NoReturn:
    """A child that dies without a word of its own."""
    sys.stderr.write("out of memory, or so\n")
    sys.stderr.flush()
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def hanging(page: str, url: str) -> NoReturn:
    """A child that hangs."""
    while True:
        time.sleep(60)
