"""`Computation`: a row of the table of kernels."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Computation:
    """One row.

    Attributes:
        name: what is computed.
        references: where it is defined in NumPy, "module:function"; modules without a dot are those of the kernels.
        kernels: the compiled form, names of kernels; or several such groups, of which `reason` says why.
        vector: names of functions in vector instructions that the kernels call.
        runs: "eager", "plan" or both: who calls it.
        reason: why there is more than one compiled form.
        not_alone: why its gain cannot be measured alone.
    """

    name: str
    references: str
    kernels: str | tuple[str, ...]
    vector: str = ""
    runs: str = "eager, plan"
    reason: str = ""
    not_alone: str = ""

    @property
    def compiled(self):
        """The compiled forms, each a list of kernels."""
        return [group.split() for group in ([self.kernels] if isinstance(self.kernels, str) else self.kernels)]
