"""`SeedGenerator`: a seed that changes with every use; and the generator that all unseeded functions share."""

import random
import threading

import numpy as np

from minikeras.autodiff.name_scope import name_scope
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.base.limits import FromConfig
from minikeras.base.naming import auto_name

# Keras on TensorFlow reduces its int64 seeds to int32 by this modulus.
STATE = "seed_generator_state"  # the name of the Variable that a SeedGenerator has
SEED_MODULUS = 2**31 - 2


class SeedGenerator(FromConfig):
    """Gives a new seed at every call of `next`, the same sequence in every run.

    The random functions take seeds that are pairs of integers. The pair here is (seed, number of uses so far).

        generator = keras.random.SeedGenerator(42)
        a = keras.random.normal((2,), seed=generator)      # drawn with the pair (42, 0)
        b = keras.random.normal((2,), seed=generator)      # drawn with (42, 1)

    A layer that holds one as an attribute tracks its state among its non-trainable variables, so that it is saved.

    Args:
        seed: integer; None draws one from Python's `random` module.
        name: of the state variable's scope; "seed_generator", "seed_generator_1", … if None.
        **kwargs: `backend`, ignored since there is only one backend; anything else is an error.

    Attributes:
        state: Variable of two int64 values.

    Raises:
        ValueError: `seed` is not an integer; unknown arguments.
    """

    def __init__(self, seed=None, name=None, **kwargs):
        kwargs.pop("backend", None)
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments: {kwargs}")
        self.name = auto_name(type(self).__name__) if name is None else name
        self._initial_seed = seed
        if seed is None:
            seed = make_default_seed()
        if not isinstance(seed, int):
            raise ValueError(f"Argument `seed` must be an integer. Received: seed={seed} of type {type(seed).__name__}")
        with name_scope(self.name):
            state = _initial_state(seed)
            self.state = Variable(lambda shape, dtype: state, (2,), state.dtype.name, trainable=False, name=STATE)

    def next(self, ordered=True):
        """The current pair of seeds, an int64 Tensor (2,); then the state advances.

        Args:
            ordered: True counts up the second number. False moves both by a rule that visits 0 … 933198 in an
                irregular order, (n + 1) · 5387 mod 933199; the shared generator is used in this way.
        """
        pair = self.state.array
        if thread.records_history:  # not while shapes are being inferred, when nothing is drawn
            following = pair + np.array([0, 1]) if ordered else (pair + 1) * 5387 % 933199
            self.state.assign(Tensor(following))
        return Tensor(pair)

    def get_config(self):
        """`seed` as it was given, and `name`."""
        return {"seed": self._initial_seed, "name": self.name}


def _initial_state(seed):
    try:
        return np.array([seed, 0], np.int64)
    except OverflowError:
        raise ValueError(f"Argument `seed` must fit into 64 bits. Received: seed={seed}") from None


def make_default_seed():
    """A seed from Python's `random` module, 1 … 10⁹: repeatable after `random.seed`."""
    return random.randint(1, int(1e9))


def draw_seed(seed):
    """A pair of seeds, an int64 Tensor (2,), from the `seed` argument of a random function.

    Raises:
        ValueError: `seed` is neither an integer nor a SeedGenerator nor None.
    """
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if isinstance(seed, int):
        return Tensor(_initial_state(seed))
    if seed is None:
        return global_seed_generator().next(ordered=False)
    raise ValueError(
        "Argument `seed` must be an integer, an instance of `SeedGenerator`, or None for the global one. "
        f"Received: seed={seed} (of type {type(seed)})"
    )


def draw_seed_pair(seed):
    """`draw_seed` as two Python integers, in the range that the kernels get from Keras."""
    first, second = draw_seed(seed).array.tolist()
    return first % SEED_MODULUS, second % SEED_MODULUS


class _PerThread(threading.local):
    """The shared generator. Each thread has its own, as in Keras."""

    def __init__(self):
        self.generator = None


_shared = _PerThread()


def global_seed_generator():
    """The generator of all random functions whose `seed` is None, made at its first use."""
    if _shared.generator is None:
        _shared.generator = SeedGenerator()
    return _shared.generator


def known_global_seed_generator():
    """The shared generator, or None if it has not been used yet."""
    return _shared.generator


def forget_global_seed_generator():
    """Make the next use create a new one, seeded from Python's `random`: for `set_random_seed`, `clear_session`."""
    _shared.generator = None
