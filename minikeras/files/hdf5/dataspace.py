"""Dataspaces of HDF5: the shapes of arrays and attributes."""

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
