"""Numbers of elements at both ends of each spatial axis: the arguments of padding and cropping."""


def pairs_per_axis(value, rank, name):
    """`value`, an integer, one per axis, or a pair (before, after) per axis, as a tuple of pairs.

    Raises:
        ValueError: anything else, or a negative integer.
    """
    entries = (value,) * rank if isinstance(value, int) else _as_tuple(value)
    pairs = tuple((entry, entry) if isinstance(entry, int) else _as_tuple(entry) for entry in entries)
    numbers = [n for pair in pairs for n in pair]
    if len(pairs) != rank or any(len(pair) != 2 for pair in pairs) or any(not isinstance(n, int) for n in numbers):
        raise ValueError(
            f"`{name}` should be an integer, have {rank} elements, or {rank} pairs (before, after), one for each "
            f"spatial axis; a pair must be a tuple of 2 integers. Received: {name}={value}"
        )
    if min(numbers) < 0:
        raise ValueError(f"`{name}` must not be negative. Received: {name}={value}")
    return pairs


def pair_of(value, name):
    """`value`, an integer or a pair, as a pair (before, after): the argument for one spatial axis."""
    return pairs_per_axis((value,), 1, name)[0]


def _as_tuple(value):
    return tuple(value) if isinstance(value, (list, tuple)) else ()
