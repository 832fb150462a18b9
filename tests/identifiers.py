"""Names of the rows of test tables."""

import re

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def without_addresses(value):
    """`str(value)`, where a function or object has no address: pytest-xdist wants the same names in every process."""
    return _ADDRESS.sub("", str(value))
