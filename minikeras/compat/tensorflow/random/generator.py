"""`tf.random.Generator`: a random sequence with its place in a Variable."""

from enum import Enum
from secrets import randbits

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.random.operations import as_lengths, moved, required_float
from minikeras.compat.tensorflow.random.stateless import check_algorithm
from minikeras.compat.tensorflow.variables import Variable
from minikeras.dtypes import standardize_dtype
from minikeras.kernels.random import binomial as binomial_kernel
from minikeras.kernels.random import normal as normal_kernel
from minikeras.kernels.random import uniform as uniform_kernel
from minikeras.kernels.random.legacy import BLOCKS_PER_OUTPUT
from minikeras.kernels.random.philox import Philox, as_uint64
from minikeras.random.drawing import standardize_shape

_WORD = 2**64
BINOMIAL_OUTPUTS = 200  # TensorFlow reserves as much for one binomial number as for so many others


class Algorithm(Enum):
    """Names of algorithms. minikeras has Philox."""

    PHILOX = 1
    THREEFRY = 2
    AUTO_SELECT = 3


class Generator:
    """Random numbers in a sequence that goes on from call to call: `Generator.from_seed(1).normal([2, 3])`.

    The state is a Variable of three int64 numbers: the lower and upper half of Philox's counter, and its key. Each call
    moves the counter on by 256 for each number drawn.

    Args:
        copy_from: another Generator.
        state: three integers, if `copy_from` is None.
        alg: "philox" or "auto_select", which means the same.
    """

    def __init__(self, copy_from=None, state=None, alg=None):
        if copy_from is not None:
            if state is not None or alg is not None:
                raise ValueError("Give either `copy_from`, or `state` and `alg`.")
            state, alg = copy_from.state, "philox"
        if state is None or alg is None:
            raise ValueError("Give `copy_from`, or both `state` and `alg`; or use Generator.from_seed(seed).")
        check_algorithm(alg)
        self._state = Variable(_checked_state(state), dtype="int64", trainable=False, name="StateVar")

    # --- making one -----------------------------------------------------------------------------------------------

    @classmethod
    def from_seed(cls, seed, alg=None):
        """A generator whose counter begins at `seed` (an integer; shorter lists are filled with zeros in front)."""
        return cls(state=create_rng_state(seed, alg or "philox"), alg=alg or "philox")

    @classmethod
    def from_state(cls, state, alg):
        """A generator that goes on from a state."""
        return cls(state=state, alg=alg)

    @classmethod
    def from_key_counter(cls, key, counter, alg):
        """A generator with a key, and a counter of two numbers."""
        return cls(state=[*_integers(counter), *_integers([key])], alg=alg)

    @classmethod
    def from_non_deterministic_state(cls, alg=None):
        """A generator that begins elsewhere in each run."""
        return cls(state=[_signed(randbits(64)) for _ in range(3)], alg=alg or "philox")

    # --- state ----------------------------------------------------------------------------------------------------

    @property
    def state(self):
        """The Variable that holds the place."""
        return self._state

    @property
    def algorithm(self):
        """The number of the algorithm: 1, Philox."""
        return Algorithm.PHILOX.value

    @property
    def key(self):
        """The third number of the state."""
        return self._state.value()[2]

    def reset(self, state):
        """Go on from another state."""
        self._state.assign(_checked_state(state))

    def reset_from_seed(self, seed):
        """Begin again as `from_seed` does."""
        self.reset(create_rng_state(seed, "philox"))

    def reset_from_key_counter(self, key, counter):
        """Begin again as `from_key_counter` does."""
        self.reset([*_integers(counter), *_integers([key])])

    def skip(self, delta):
        """Move on as if `delta` numbers had been drawn; the state before is returned."""
        before = self._state.value()
        self._move_on(int(delta))
        return before

    def split(self, count=1):
        """A list of new generators with keys drawn from this one."""
        keys = self.uniform_full_int([count], "int64").array.tolist()
        return [Generator(state=[0, 0, key], alg="philox") for key in keys]

    def make_seeds(self, count=1):
        """(2, count) seeds for the stateless functions, drawn from this generator; the second row is 0."""
        keys = self.uniform_full_int([int(count)], "int64").array
        return Tensor(np.stack([keys, np.zeros_like(keys)]))

    # --- drawing --------------------------------------------------------------------------------------------------

    def normal(self, shape, mean=0.0, stddev=1.0, dtype="float32", name=None):
        """Normal numbers, mean + stddev · z."""
        return moved(self._draw(normal_kernel.normal, shape, required_float(dtype)), stddev, mean)

    def truncated_normal(self, shape, mean=0.0, stddev=1.0, dtype="float32", name=None):
        """Normal numbers, those more than two `stddev` from `mean` drawn again."""
        return moved(self._draw(normal_kernel.truncated_normal, shape, required_float(dtype)), stddev, mean)

    def uniform(self, shape, minval=0, maxval=None, dtype="float32", name=None):
        """Numbers uniform in [minval, maxval): 1 if `maxval` is None; both None give the whole range of integers.

        Raises:
            ValueError: integers with only one bound.
        """
        dtype = standardize_dtype(dtype)
        if "int" not in dtype:
            u = self._draw(uniform_kernel.uniform, shape, required_float(dtype))
            minval = tensor(minval, dtype)
            return moved(u, tensor(1 if maxval is None else maxval, dtype) - minval, minval)
        if minval is None and maxval is None:
            return self.uniform_full_int(shape, dtype)
        if maxval is None:
            raise ValueError(f"For {dtype}, `maxval` is needed, or None for both bounds. Received: minval={minval}")
        bounds = int(as_array(minval)), int(as_array(maxval))
        return self._draw(lambda *place: uniform_kernel.uniform_integers(*place, *bounds), shape, dtype)

    def uniform_full_int(self, shape, dtype="uint64", name=None):
        """Integers over the whole range of `dtype`: int32, int64, uint32 or uint64."""
        return self._draw(uniform_kernel.full_integers, shape, standardize_dtype(dtype))

    def binomial(self, shape, counts, probs, dtype="int32", name=None):
        """How many of `counts` trials succeed; `shape` ends with the common shape of `counts` and `probs`."""
        counts, probs = np.broadcast_arrays(as_array(counts, "float32"), as_array(probs, "float32"))

        def draw(generator, shape, dtype):
            return binomial_kernel.binomial(generator, shape, counts, probs, dtype)

        return self._draw(draw, shape, standardize_dtype(dtype), outputs_each=BINOMIAL_OUTPUTS)

    def _draw(self, kernel, shape, dtype, outputs_each=1):
        shape = standardize_shape(as_lengths(shape))
        low, high, key = self._state.numpy().tolist()
        generator = Philox(as_uint64(key), as_uint64(high), as_uint64(low))
        self._move_on(int(np.prod(shape, dtype=np.int64)) * outputs_each)
        return Tensor(kernel(generator, shape, dtype))

    def _move_on(self, outputs):
        low, high, key = self._state.numpy().tolist()
        counter = (high % _WORD) * _WORD + low % _WORD + outputs * BLOCKS_PER_OUTPUT
        self._state.assign(np.array([_signed(counter), _signed(counter // _WORD), key], np.int64))


def create_rng_state(seed, alg):
    """The state (3,) int64 of a generator that begins at `seed`."""
    check_algorithm(alg)
    if isinstance(seed, int):
        words = [_signed(seed >> 64 * i) for i in range(3)]
    else:
        words = _integers(seed)[:3]
        words = [0] * (3 - len(words)) + words
    return Tensor(np.array(words, np.int64))


def _signed(integer):
    """The lowest 64 bits as a two's complement."""
    return (integer + _WORD // 2) % _WORD - _WORD // 2


def _integers(x):
    return [_signed(int(n)) for n in (x if isinstance(x, (list, tuple)) else np.atleast_1d(as_array(x)))]


def _checked_state(state):
    words = _integers(state)
    if len(words) != 3:
        raise ValueError(f"The state of a generator is three integers. Received: {state}")
    return np.array(words, np.int64)


_global = {"generator": None}


def get_global_generator():
    """The Generator that a program shares, made at its first use; `set_seed` has no influence on it."""
    if _global["generator"] is None:
        _global["generator"] = Generator.from_non_deterministic_state()
    return _global["generator"]


def set_global_generator(generator):
    """Share another Generator from now on."""
    _global["generator"] = generator
