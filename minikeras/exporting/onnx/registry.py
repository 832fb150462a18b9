"""Which function converts which op."""

CONVERTERS = {}
"""Class of ops: `function(graph, step, *values)`, which returns the name of the output, or of the first outputs."""


def converts(*ops):
    """Decorator: the function converts these classes of ops, and those derived from them that have no other."""

    def register(function):
        for op in ops:
            CONVERTERS[op] = function
        return function

    return register


def converter_of(op):
    """The function that converts an op; None if there is none."""
    return next((CONVERTERS[cls] for cls in type(op).__mro__ if cls in CONVERTERS), None)
