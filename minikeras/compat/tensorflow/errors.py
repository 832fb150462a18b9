"""`tf.errors`: the errors of `minikeras/base/errors.py`."""

from minikeras.base import errors as _errors
from minikeras.base.errors import *  # noqa: F403

__all__ = list(_errors.__all__)
