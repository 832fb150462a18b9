"""Which function converts which op, for one format."""


class Converters:
    """Functions by class of ops: `function(graph, step, *values)`, which returns the name of the output, or of the

    first outputs.
    """

    def __init__(self):
        self._functions = {}

    def converts(self, *ops):
        """Decorator: the function converts these classes of ops, and those derived from them that have no other."""

        def register(function):
            for op in ops:
                self._functions[op] = function
            return function

        return register

    def of_class(self, operators, function):
        """Register for each class of ops a conversion `function(graph, step, operator, *values)`."""
        for op, operator in operators.items():
            self.converts(op)(lambda graph, step, *values, operator=operator: function(graph, step, operator, *values))

    def of(self, op):
        """The function that converts an op; None if there is none."""
        return next((self._functions[cls] for cls in type(op).__mro__ if cls in self._functions), None)
