"""`TensorShape`: the lengths of a tensor's axes as a tuple, with TensorFlow's methods."""

__replay__ = "computes"

import math

__all__ = ["Dimension", "TensorShape"]


class Dimension:
    """The length of one axis, or None: TensorFlow 1's wrapper around the integer."""

    def __init__(self, value):
        self.value = _length(value)

    def __int__(self):
        return self.value

    __index__ = __int__

    def __eq__(self, other):
        return self.value == getattr(other, "value", other)

    def __hash__(self):
        return hash(self.value)

    def __repr__(self):
        return f"Dimension({self.value})"

    def __str__(self):
        return "?" if self.value is None else str(self.value)


class TensorShape(tuple):
    """Lengths of the axes, None where unknown: a tuple that also equals a list, with TensorFlow's methods.

    Args:
        dims: the lengths; one integer for a shape with one axis; None if not even the number of axes is known.

    Raises:
        ValueError: a length is negative.
        TypeError: a length is neither an integer nor None.
    """

    _is_known = True

    def __new__(cls, dims):
        if dims is None:
            shape = super().__new__(cls)
            shape._is_known = False
            return shape
        if isinstance(dims, TensorShape):
            return dims
        if hasattr(dims, "__index__") and not getattr(dims, "shape", ()):
            dims = (dims,)
        return super().__new__(cls, [_length(n) for n in dims])

    # --- attributes --------------------------------------------------------------------------------------------

    @property
    def rank(self):
        """The number of axes; None if unknown."""
        return tuple.__len__(self) if self._is_known else None

    ndims = rank

    @property
    def dims(self):
        """The lengths as a list of `Dimension`; None if the number of axes is unknown."""
        return [Dimension(n) for n in self] if self._is_known else None

    def as_list(self):
        """The lengths as a list.

        Raises:
            ValueError: the number of axes is unknown.
        """
        if not self._is_known:
            raise ValueError("`as_list()` needs a known number of axes, but this TensorShape has unknown rank.")
        return list(self)

    def num_elements(self):
        """The number of elements; None if a length is unknown."""
        return math.prod(self) if self.is_fully_defined() else None

    def is_fully_defined(self):
        """Whether every length is known."""
        return self._is_known and None not in tuple(self)

    def is_compatible_with(self, other):
        """Whether a tensor can have both shapes: known lengths must be equal."""
        other = TensorShape(other)
        if not (self._is_known and other._is_known):
            return True
        return self.rank == other.rank and all(a == b or None in (a, b) for a, b in zip(self, other, strict=True))

    def is_subtype_of(self, other):
        """Whether every tensor of this shape also fits the shape `other`."""
        if not other._is_known:
            return True
        if not self._is_known or self.rank != other.rank:
            return False
        return all(b is None or a == b for a, b in zip(self, other, strict=True))

    # --- new shapes -----------------------------------------------------------------------------------------------

    def concatenate(self, other):
        """The axes of both, concatenated."""
        other = TensorShape(other)
        known = self._is_known and other._is_known
        return TensorShape(tuple(self) + tuple(other)) if known else TensorShape(None)

    def merge_with(self, other):
        """The shape with every length known in either.

        Raises:
            ValueError: they contradict each other.
        """
        other = TensorShape(other)
        self.assert_is_compatible_with(other, "compatible")
        if not self._is_known or not other._is_known:
            return other if other._is_known else self
        return TensorShape([b if a is None else a for a, b in zip(self, other, strict=True)])

    def most_specific_compatible_shape(self, other):
        """The most specific shape of tensors of both: None where the lengths differ."""
        other = TensorShape(other)
        if not self._is_known or self.rank != other.rank:
            return TensorShape(None)
        return TensorShape([a if a == b else None for a, b in zip(self, other, strict=True)])

    def with_rank(self, rank):
        """This shape, if it has or may have `rank` axes.

        Raises:
            ValueError: it has another number.
        """
        if not self._is_known:
            return TensorShape([None] * rank)
        return self._if(self.rank == rank, f"must have rank {rank}")

    def with_rank_at_least(self, rank):
        """This shape, if it has or may have `rank` axes or more."""
        return self._if(not self._is_known or self.rank >= rank, f"must have rank at least {rank}")

    def with_rank_at_most(self, rank):
        """This shape, if it has or may have `rank` axes or fewer."""
        return self._if(not self._is_known or self.rank <= rank, f"must have rank at most {rank}")

    # --- checks ---------------------------------------------------------------------------------------------------

    def assert_has_rank(self, rank):
        """Raise ValueError if it has another number of axes."""
        self._if(self.rank in (None, rank), f"must have rank {rank}")

    def assert_same_rank(self, other):
        """Raise ValueError if `other` has another number of axes."""
        other = TensorShape(other)
        if None not in (self.rank, other.rank) and self.rank != other.rank:
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def assert_is_fully_defined(self):
        """Raise ValueError if a length is unknown."""
        self._if(self.is_fully_defined(), "is not fully defined")

    def assert_is_compatible_with(self, other, relation=None):
        """Raise ValueError if no tensor can have both shapes."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are {'not ' + relation if relation else 'incompatible'}")

    def _if(self, holds, otherwise):
        if not holds:
            raise ValueError(f"Shape {self} {otherwise}")
        return self

    # --- as a tuple -----------------------------------------------------------------------------------------------

    def __getitem__(self, key):
        if not self._is_known:
            return TensorShape(None) if isinstance(key, slice) else None
        item = tuple.__getitem__(self, key)
        return tuple.__new__(TensorShape, item) if isinstance(key, slice) else item

    def __add__(self, other):
        return self.concatenate(other)

    def __radd__(self, other):
        return TensorShape(other).concatenate(self)

    def __iter__(self):
        if not self._is_known:
            raise ValueError("A TensorShape of unknown rank has no lengths to iterate over.")
        return tuple.__iter__(self)

    def __len__(self):
        if not self._is_known:
            raise ValueError("A TensorShape of unknown rank has no `len`.")
        return tuple.__len__(self)

    def __bool__(self):  # like a tuple, as the engine requires; in TensorFlow () is true
        return self._is_known and tuple.__len__(self) > 0

    def __eq__(self, other):
        if other is None:
            return not self._is_known
        if not isinstance(other, TensorShape):
            try:
                other = TensorShape(other)
            except (TypeError, ValueError):
                return False
        return self._is_known == other._is_known and tuple.__eq__(self, other)

    def __ne__(self, other):
        return not self == other

    __hash__ = tuple.__hash__

    def __reduce__(self):
        return TensorShape, (tuple(self) if self._is_known else None,)

    def __repr__(self):
        return f"TensorShape({list(self) if self._is_known else None})"

    def __str__(self):
        return tuple.__repr__(self) if self._is_known else "<unknown>"

    def __format__(self, spec):
        return format(str(self), spec)


def _length(n):
    if n is None:
        return None
    if not hasattr(n, "__index__"):
        raise TypeError(
            f"A length in a TensorShape is an integer, or None if unknown. Received: {n!r} of type {type(n).__name__}"
        )
    if n.__index__() < 0:
        raise ValueError(f"Dimension {n} must be >= 0")
    return n.__index__()
