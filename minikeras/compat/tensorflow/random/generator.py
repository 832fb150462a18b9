"""`tf.random.Generator`: TensorFlow's constructors and arguments over `philox_generator.py`."""

from enum import Enum

from minikeras.compat.tensorflow.random import philox_generator as generator
from minikeras.compat.tensorflow.random.stateless import check_algorithm
from minikeras.compat.tensorflow.variables import Variable


class Algorithm(Enum):
    """Names of algorithms. minikeras has Philox."""

    PHILOX = 1
    THREEFRY = 2
    AUTO_SELECT = 3


class Generator(generator.Generator):
    """A sequence of random values that continues from call to call: `Generator.from_seed(1).normal([2, 3])`.

    The state is a Variable of three int64 values: the lower and upper half of Philox's counter, and its key.

    Args:
        copy_from: another Generator.
        state: three integers, if `copy_from` is None.
        alg: "philox" or "auto_select", which means the same.
    """

    variable_class = Variable

    def __init__(self, copy_from=None, state=None, alg=None):
        if copy_from is not None:
            if state is not None or alg is not None:
                raise ValueError("Give either `copy_from`, or `state` and `alg`.")
            state, alg = copy_from.state, "philox"
        if state is None or alg is None:
            raise ValueError("Give `copy_from`, or both `state` and `alg`; or use Generator.from_seed(seed).")
        check_algorithm(alg)
        super().__init__(state)

    @classmethod
    def from_state(cls, state, alg):
        """A generator that continues from a state."""
        return cls(state=state, alg=alg)

    @classmethod
    def from_seed(cls, seed, alg=None):
        """A generator whose counter starts at `seed` (an integer; shorter lists are filled with zeros in front)."""
        return cls.from_state(create_rng_state(seed, alg or "philox"), alg or "philox")

    @classmethod
    def from_key_counter(cls, key, counter, alg):
        """A generator with a key, and a counter of two integers."""
        check_algorithm(alg)
        return cls.from_state(generator.Generator.from_key_counter(key, counter).state, alg)

    @classmethod
    def from_non_deterministic_state(cls, alg=None):
        """A generator with a different start in each run."""
        return cls.from_state(generator.Generator.from_non_deterministic_state().state, alg or "philox")

    @property
    def algorithm(self):
        """The algorithm's enum value: 1, Philox."""
        return Algorithm.PHILOX.value

    def split(self, count=1):
        """A list of new generators with keys drawn from this one."""
        return [self.from_state(part.state, "philox") for part in super().split(count)]

    def normal(self, shape, mean=0.0, stddev=1.0, dtype="float32", name=None):
        """Normal values, mean + stddev · z."""
        return super().normal(shape, mean, stddev, dtype)

    def truncated_normal(self, shape, mean=0.0, stddev=1.0, dtype="float32", name=None):
        """Normal values, redrawn if more than two `stddev` from `mean`."""
        return super().truncated_normal(shape, mean, stddev, dtype)

    def uniform(self, shape, minval=0, maxval=None, dtype="float32", name=None):
        """Values uniform in [minval, maxval): 1 if `maxval` is None; both None mean the whole range of integers."""
        return super().uniform(shape, minval, maxval, dtype)

    def uniform_full_int(self, shape, dtype="uint64", name=None):
        """Integers over the whole range of `dtype`: int32, int64, uint32 or uint64."""
        return super().uniform_full_int(shape, dtype)

    def binomial(self, shape, counts, probs, dtype="int32", name=None):
        """The number of `counts` trials that succeed; `shape` ends with the common shape of `counts` and `probs`."""
        return super().binomial(shape, counts, probs, dtype)


def create_rng_state(seed, alg):
    """The state (3,) int64 of a generator that starts at `seed`."""
    check_algorithm(alg)
    return generator.initial_state(seed)


_global = {"generator": None}


def get_global_generator():
    """The program's shared Generator, created at its first use; `set_seed` does not affect it."""
    if _global["generator"] is None:
        _global["generator"] = Generator.from_non_deterministic_state()
    return _global["generator"]


def set_global_generator(generator):
    """Set the shared Generator."""
    _global["generator"] = generator
