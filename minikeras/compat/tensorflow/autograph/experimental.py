"""`tf.autograph.experimental`."""

from enum import Enum


class Feature(Enum):
    """Parts of AutoGraph, by name."""

    ALL = "ALL"
    ASSERT_STATEMENTS = "ASSERT_STATEMENTS"
    AUTO_CONTROL_DEPS = "AUTO_CONTROL_DEPS"
    BUILTIN_FUNCTIONS = "BUILTIN_FUNCTIONS"
    EQUALITY_OPERATORS = "EQUALITY_OPERATORS"
    LISTS = "LISTS"
    NAME_SCOPES = "NAME_SCOPES"

    @classmethod
    def all(cls):
        """All features."""
        return tuple(cls)

    @classmethod
    def all_but(cls, exclude):
        """All features but these."""
        excluded = exclude if isinstance(exclude, (list, tuple, set)) else (exclude,)
        return tuple(feature for feature in cls if feature is not cls.ALL and feature not in excluded)


def do_not_convert(func=None):
    """Decorator: the function itself, since nothing is converted."""
    return do_not_convert if func is None else func


def set_loop_options(parallel_iterations=None, swap_memory=None, maximum_iterations=None, shape_invariants=None):
    """No effect: loops are Python's, and their tensors may change shape."""
