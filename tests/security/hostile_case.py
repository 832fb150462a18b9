"""A hostile file: what it is, and the list of all of them, which the modules `hostile_…` fill."""

import zlib
from typing import NamedTuple

import h5py

MEGABYTE = 1 << 20
LARGE = 200 * MEGABYTE  # what a bomb would make, well above what is allowed
KERNEL = "layers/dense/vars/0"  # (3, 4)


class Case(NamedTuple):
    """A file to load.

    Attributes:
        name: of the case.
        ending: of the file.
        outcome: "refused" or "loads".
        build: called with the path at which the good file is, and with nothing there for another file.
    """

    name: str
    ending: str
    outcome: str
    build: object


CASES = []


def case(ending, outcome="refused"):
    """Decorator: the function makes a good file hostile. Its name is that of the case."""

    def note(build):
        CASES.append(Case(f"{build.__name__}{ending}", ending, outcome, build))
        return build

    return note


def compressed_zeros(count):
    """`count` zeros as zlib compresses them, a thousandth of that."""
    packer = zlib.compressobj(9)
    return b"".join([packer.compress(bytes(MEGABYTE)) for _ in range(count // MEGABYTE)] + [packer.flush()])


def replaced(path, name=KERNEL, **arguments):
    """Put another dataset in the place of one, made by `create_dataset` with these arguments; the open file."""
    file = h5py.File(path, "a")
    del file[name]
    if arguments:
        file.create_dataset(name, **arguments)
    return file
