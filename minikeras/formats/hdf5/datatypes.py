"""HDF5's datatypes as NumPy's: numbers in native formats, text, and opaque bytes; and shapes."""

import numpy as np

FIXED, FLOAT, STRING, OPAQUE, ENUM, VARIABLE_LENGTH = 0, 1, 3, 5, 8, 9
NAMES = (
    "integer",
    "float",
    "time",
    "text",
    "bit field",
    "opaque",
    "compound",
    "reference",
    "enumeration",
    "list",
    "array",
)

# The parts of IEEE floats by size: offset and bits of the whole, of the exponent, of the mantissa; the bias.
IEEE = {2: (0, 16, 10, 5, 0, 10, 15), 4: (0, 32, 23, 8, 0, 23, 127), 8: (0, 64, 52, 11, 0, 52, 1023)}

TEXT = "text of variable length"  # its elements are references into a heap, see `attributes.py`
SIZE_OF_REFERENCE = 16


def datatype_of(source, fields, owner):
    """The NumPy dtype that a datatype message describes, or `TEXT`.

    Args:
        owner: the object that has the type, for errors.

    Raises:
        UnreadableFileError: it is of a kind that weights do not have.
    """
    first, bits, size = fields.number(1), fields.number(3), fields.number(4)
    kind, order = first & 15, ">" if bits & 1 else "<"
    if kind == FIXED and size in (1, 2, 4, 8) and fields.numbers(2, 2) == (0, 8 * size):
        return np.dtype(f"{order}{'i' if bits & 8 else 'u'}{size}")
    if kind == FLOAT and size in IEEE and not bits & 0x40 and _float_layout(fields) == IEEE[size]:
        return np.dtype(f"{order}f{size}")
    if kind == STRING and size:
        return np.dtype(f"S{size}")
    if kind == OPAQUE and size:
        return np.dtype(f"V{size}")
    if kind == ENUM and size == 1:  # how h5py stores bool
        return np.dtype(bool)
    if kind == VARIABLE_LENGTH and bits & 15 == 1 and size == SIZE_OF_REFERENCE:
        return TEXT
    raise source.unsupported(f"{owner} of the type {NAMES[kind] if kind < len(NAMES) else kind}, of {size} bytes")


def _float_layout(fields):
    return (*fields.numbers(2, 2), *fields.numbers(4, 1), fields.number(4))


NULL, MAX_AXES = 2, 32


def shape_of(source, fields):
    """The shape that a dataspace message describes, a tuple; None for "no elements at all"."""
    version, rank = fields.numbers(2, 1)
    if version not in (1, 2) or rank > MAX_AXES:
        raise source.damaged("an array has an impossible shape")
    kind = fields.skip(1).number(1)  # after flags about the largest shape, which follows
    if version == 2 and kind == NULL:
        return None
    return fields.skip(4 if version == 1 else 0).numbers(rank, 8)
