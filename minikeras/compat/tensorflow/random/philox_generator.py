"""`Generator`: a random sequence whose position is kept in a Variable."""

__replay__ = "computes"

from secrets import randbits

import numpy as np

from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.kernels.random import binomial as binomial_kernel
from minikeras.kernels.random import normal as normal_kernel
from minikeras.kernels.random import uniform as uniform_kernel
from minikeras.kernels.random.legacy import BLOCKS_PER_OUTPUT
from minikeras.kernels.random.philox import Philox, as_uint64
from minikeras.ops.conversion import data_tensor
from minikeras.random.drawing import as_lengths, moved, required_float, standardize_shape

_WORD = 2**64
BINOMIAL_OUTPUTS = 200  # TensorFlow reserves as many blocks for one binomial number as for this many others


class Generator:
    """Random numbers in a sequence that continues from call to call: `Generator.from_seed(1).normal([2, 3])`.

    The state is a Variable of three int64 values: the lower and upper half of Philox's counter, and its key. Each call
    advances the counter by 256 for each number drawn.

    Args:
        state: three integers.
    """

    variable_class = Variable  # of the state

    def __init__(self, state):
        self._state = self.variable_class(_checked_state(state), dtype="int64", trainable=False, name="StateVar")

    @classmethod
    def from_seed(cls, seed):
        """A generator whose counter begins at `seed` (an integer; shorter lists are filled with zeros in front)."""
        return cls(initial_state(seed))

    @classmethod
    def from_key_counter(cls, key, counter):
        """A generator with a key, and a counter of two numbers."""
        return cls([*_integers(counter), *_integers([key])])

    @classmethod
    def from_non_deterministic_state(cls):
        """A generator with a new starting point in each run."""
        return cls([_signed(randbits(64)) for _ in range(3)])

    # --- state ----------------------------------------------------------------------------------------------------

    @property
    def state(self):
        """The Variable that holds the position."""
        return self._state

    @property
    def key(self):
        """The third number of the state."""
        return self._state.read()[2]

    def reset(self, state):
        """Continue from another state."""
        self._state.assign(_checked_state(state))

    def reset_from_seed(self, seed):
        """Begin again as `from_seed` does."""
        self.reset(initial_state(seed))

    def reset_from_key_counter(self, key, counter):
        """Begin again as `from_key_counter` does."""
        self.reset([*_integers(counter), *_integers([key])])

    def skip(self, delta):
        """Advance as if `delta` numbers had been drawn; return the state before."""
        before = self._state.read()
        self._move_on(int(delta))
        return before

    def split(self, count=1):
        """A list of new generators with keys drawn from this one."""
        keys = self.uniform_full_int([count], "int64").array.tolist()
        return [Generator([0, 0, key]) for key in keys]

    def make_seeds(self, count=1):
        """(2, count) seeds for the stateless functions, drawn from this generator; the second row is 0."""
        keys = self.uniform_full_int([int(count)], "int64").array
        return Tensor(np.stack([keys, np.zeros_like(keys)]))

    # --- drawing --------------------------------------------------------------------------------------------------

    def normal(self, shape, mean=0.0, stddev=1.0, dtype="float32"):
        """Normally distributed values, mean + stddev · z."""
        return moved(self._draw(normal_kernel.normal, shape, required_float(dtype)), stddev, mean)

    def truncated_normal(self, shape, mean=0.0, stddev=1.0, dtype="float32"):
        """Normally distributed values, those more than two `stddev` from `mean` drawn again."""
        return moved(self._draw(normal_kernel.truncated_normal, shape, required_float(dtype)), stddev, mean)

    def uniform(self, shape, minval=0, maxval=None, dtype="float32"):
        """Values uniform in [minval, maxval): 1 if `maxval` is None; both None give the whole range of integers.

        Raises:
            ValueError: integers with only one bound.
        """
        dtype = standardize_dtype(dtype)
        if "int" not in dtype:
            u = self._draw(uniform_kernel.uniform, shape, required_float(dtype))
            minval = data_tensor(minval, dtype)
            return moved(u, data_tensor(1 if maxval is None else maxval, dtype) - minval, minval)
        if minval is None and maxval is None:
            return self.uniform_full_int(shape, dtype)
        if maxval is None:
            raise ValueError(f"For {dtype}, `maxval` is needed, or None for both bounds. Received: minval={minval}")
        bounds = int(as_array(minval)), int(as_array(maxval))
        return self._draw(lambda *place: uniform_kernel.uniform_integers(*place, *bounds), shape, dtype)

    def uniform_full_int(self, shape, dtype="uint64"):
        """Integers over the whole range of `dtype`: int32, int64, uint32 or uint64."""
        return self._draw(uniform_kernel.full_integers, shape, standardize_dtype(dtype))

    def binomial(self, shape, counts, probs, dtype="int32"):
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


def initial_state(seed):
    """The state (3,) int64 of a generator that begins at `seed`."""
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
