"""`tf.errors`: the errors of `minikeras/errors.py`."""

from minikeras import errors as _errors
from minikeras.errors import *  # noqa: F403

__all__ = list(_errors.__all__)
