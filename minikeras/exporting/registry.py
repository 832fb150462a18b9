"""Which function converts which op, for one format or for all of them; and how a format writes an op."""

from minikeras.exporting.graph import Inexpressible


class Converters:
    """Functions by class of ops: `function(graph, step, *values)`, which returns the name of the output, or of the
    first outputs.

    Args:
        shared: the `Converters` of all formats, used for classes without one here.
    """

    def __init__(self, shared=None):
        self._functions = {}
        self._tables = [self._functions, *([] if shared is None else shared._tables)]

    def converts(self, *ops):
        """Decorator: the function converts these classes of ops, and subclasses that have no other function."""

        def register(function):
            for op in ops:
                self._functions[op] = function
            return function

        return register

    def of_class(self, ops, function):
        """Register for each class of ops a conversion `function(graph, step, class, *values)`."""
        for op in ops:
            self.converts(op)(lambda graph, step, *values, op=op: function(graph, step, op, *values))

    def of(self, op):
        """The function that converts an op; None if there is none."""
        found = (table[cls] for cls in type(op).__mro__ for table in self._tables if cls in table)
        return next(found, None)


class Operators(dict):
    """{class of ops: how a format writes it}: its operator, or a formula `(graph, *names, **settings) -> name(s)`."""

    def writes(self, *ops):
        """Decorator: the formula is used for these classes of ops."""

        def register(formula):
            self.update(dict.fromkeys(ops, formula))
            return formula

        return register

    def node(self, graph, op, *names, **settings):
        """The name(s) of the outputs of an op on values in a graph."""
        if op not in self:
            raise Inexpressible("has no counterpart there")
        operator = self[op]
        return operator(graph, *names, **settings) if callable(operator) else graph.add(operator, *names, **settings)


SHARED = Converters()
converts, of_class = SHARED.converts, SHARED.of_class
