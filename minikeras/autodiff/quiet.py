"""`quiet`: infinities and NaN come without a word from NumPy, as in TensorFlow."""

import contextvars

import numpy as np


def _settings_when_quiet():
    """The ContextVar in which NumPy keeps what it does about infinities and NaN, and its value after "nothing"."""
    context = contextvars.Context()
    context.run(np.seterr, all="ignore")
    [(variable, value)] = context.items()
    return variable, value


_settings, _NOTHING = _settings_when_quiet()


class quiet:  # noqa: N801  a class takes a quarter of the time of a `contextmanager`
    """`np.errstate(all="ignore")` in 0.4 of its time: a step on the tape enters it three times."""

    __slots__ = ("_token",)

    def __enter__(self):
        self._token = _settings.set(_NOTHING)

    def __exit__(self, *error):
        _settings.reset(self._token)
