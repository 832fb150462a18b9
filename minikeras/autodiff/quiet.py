"""`quiet`: switches off NumPy's warnings about infinities and NaN, which TensorFlow does not give either."""

import numpy as np

from minikeras.autodiff.state import thread


class quiet:  # noqa: N801
    """A context in which NumPy does not warn about infinities and NaN.

    `fit` enters it around each step; the tape and the optimizer enter it around their work, for custom loops. Entering
    it again does nothing, in 0.4 µs where `np.errstate` takes 2.5.
    """

    __slots__ = ("errstate",)

    def __enter__(self):
        state = vars(thread)
        self.errstate = None
        if not state["is_quiet"]:
            self.errstate = np.errstate(all="ignore")
            self.errstate.__enter__()
            state["is_quiet"] = True

    def __exit__(self, *error):
        if self.errstate is not None:
            vars(thread)["is_quiet"] = False
            self.errstate.__exit__(*error)
