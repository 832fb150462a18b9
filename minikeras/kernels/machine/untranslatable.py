"""The errors of the compilers, known without importing these."""


class Untranslatable(TypeError):
    """A kernel contains something that the translator does not support; the message names what and where."""

    def __init__(self, reason):
        super().__init__(reason)
        self.place = None

    def __str__(self):
        return (
            f"{self.place or 'a task kernel'}: {super().__str__()}. Task kernels are written in numbers, arrays that "
            "they are given, loops over `range`, conditions and calls of subroutines. They may not make arrays, raise "
            "errors or use objects of Python."
        )


class RaisesErrors(Untranslatable):
    """It raises errors, which no compiler can help: a thread of the pool cannot raise them."""
