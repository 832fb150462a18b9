"""Wrapping methods of classes that belong to others, in place."""

import functools


def wrap_method(cls, name, around):
    """Put `around(original, self, *args, **kwargs)` in place of the method, in the class of the MRO that defines it.

    Keras inspects signatures of methods; `functools.wraps` preserves them.
    """
    owner = next(base for base in cls.__mro__ if name in vars(base))
    original = vars(owner)[name]

    @functools.wraps(original)
    def wrapper(self, *args, **kwargs):
        return around(original, self, *args, **kwargs)

    setattr(owner, name, wrapper)
