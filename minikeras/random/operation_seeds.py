"""The seeds of operations that draw as TensorFlow's do: `tf.random.normal`, the `shuffle` of a data set.

Such an operation has two seeds, the global one (`tf.random.set_seed`) and its own, and continues through its sequence
from call to call. Its own seed, and which calls are "the same operation", depend on the call site:

- **Eagerly** the own seed, if the program gives none, is the next number of Python's generator seeded with the global
  seed. Calls with the same seeds, of the same kind and dtype, are one operation: `uniform([1], seed=1)` twice gives two
  numbers.
- **Inside a `tf.function`**, the `map` of a data set or a step of `fit`, every place in the code is an operation of its
  own. Their own seeds are 0, 1, 2, … in the order of the call sites, and each call of the function continues where the
  last left off. A branch of `tf.cond` and the body of a `tf.while_loop` or `tf.map_fn` count their own call sites.
  (In TensorFlow so do a `for` over a tensor and an `if` on one; here they cannot be distinguished from others.)
  A data set that the function of a `flat_map` makes, with its own stages, belongs to that function.

`set_seed` (also by way of `keras.utils.set_random_seed`) restarts everything; call sites in functions keep their seeds.
"""

import threading
from contextlib import contextmanager
from secrets import randbits

from minikeras.autodiff.node import leaves_no_node
from minikeras.base.replay import unsafe_to_replay
from minikeras.kernels.random.legacy import (
    BLOCKS_PER_OUTPUT,
    EagerSeeds,
    from_seeds,
    operation_seeds,
)
from minikeras.kernels.random.philox import words_of_calls
from minikeras.random.global_seed import get_random_seed, times_set

CALLS_BEFORE = 10  # calls for few numbers, one by one, before they are computed ahead
CALLS_AT_ONCE = 256


class Sequence:
    """The sequence of one operation, and the current position in it.

    Attributes:
        generator: the `Philox` to draw from.
    """

    def __init__(self, seeds):
        self._first = self.generator = from_seeds(*seeds)
        self._times_set = times_set()
        self._calls_of_few, self._key, self._ahead = 0, None, None

    def use(self, outputs):
        """The generator for a call that draws `outputs` values; the next call continues after them."""
        return self.use_blocks(outputs * BLOCKS_PER_OUTPUT)

    def few(self, outputs, key, compute, *arguments):
        """The result of a call that draws up to four words, if computing the next calls' words with it pays.

        A single block of Philox costs 5 µs, 256 blocks together 150; so from the tenth equal call on they are computed
        ahead. The numbers are those of single calls. None: the caller draws them.

        Args:
            outputs: how many numbers.
            key: identifies the draw, to be compared with that of previous calls.
            compute: function (words (calls, outputs), *arguments) that converts words to numbers.
        """
        key = (outputs, *key)
        self._calls_of_few = self._calls_of_few + 1 if key == self._key else 1
        self._key = key
        if self._calls_of_few < CALLS_BEFORE:
            return None
        generator = self.use(outputs)
        result = None if self._ahead is None else self._ahead.at(key, int(generator.position))
        if result is None:
            blocks = outputs * BLOCKS_PER_OUTPUT
            results = compute(words_of_calls(generator, CALLS_AT_ONCE, blocks, outputs), *arguments)
            self._ahead = CallsAhead(key, int(generator.position), blocks, results)
            result = results[0]
        return result.copy()

    def words_of_calls(self, calls, outputs):
        """(calls, outputs) uint32: the words of `calls` calls for up to four numbers each."""
        blocks = outputs * BLOCKS_PER_OUTPUT
        return words_of_calls(self.use_blocks(calls * blocks), calls, blocks, outputs)

    @unsafe_to_replay("it continues where the last call stopped")
    def use_blocks(self, blocks):
        """The generator for a call that uses this many blocks."""
        if self._times_set != times_set():
            self.generator, self._times_set = self._first, times_set()
        generator = self.generator
        self.generator = generator.skip(blocks)
        return generator

    def return_to(self, generator):
        """Continue from the position of `generator`; from the beginning if it is None."""
        self.generator = self._first if generator is None else generator


class CallsAhead:
    """The results of the next calls of an operation that draws few numbers each time, computed together.

    Args:
        key: identifies the draw; calls with another key do not get these results.
        position: where the sequence is at the first of the calls.
        blocks: how far it moves with each call.
        results: (calls, numbers of a call).
    """

    def __init__(self, key, position, blocks, results):
        self.key, self.position, self.blocks, self.results = key, position, blocks, results

    def at(self, key, position):
        """The result of the call at this position of the sequence, or None."""
        call, rest = divmod(position - self.position, self.blocks)
        return self.results[call] if key == self.key and not rest and 0 <= call < len(self.results) else None


class Frame:
    """The random operations of one function, by call site; functions called within have their own frames."""

    def __init__(self):
        self._sequences, self._children = [], []
        self._own_seeds = 0  # the number of call sites to which the program gave no seed
        self._place = self._child = 0

    def begin(self):
        """A call of the function begins: return to the first call site."""
        self._place = self._child = 0

    def sequence(self, seed):
        """The `Sequence` of the next call site."""
        if self._place == len(self._sequences):
            self._sequences.append(Sequence(self._seeds(seed)))
        self._place += 1
        return self._sequences[self._place - 1]

    def child(self, key, kind=None):
        """The frame of the next function called within; `key` identifies that function. `kind`: its class."""
        if self._child == len(self._children) or self._children[self._child][0] != key:
            self._children.insert(self._child, (key, (kind or Frame)()))
        self._child += 1
        return self._children[self._child - 1][1]

    def call_sites(self):
        """How many of the function's own call sites have been visited since it began."""
        return self._place

    def is_complete(self):
        """Whether this call has visited all call sites that any previous call visited."""
        return self._place == len(self._sequences)

    def return_to(self, place):
        """Continue at a call site that was visited before, as in the next call of the function."""
        self._place = place

    def positions(self):
        """The positions of the sequences of all call sites, for `rewind`."""
        return [sequence.generator for sequence in self._sequences]

    def rewind(self, positions):
        """Let the sequences continue from these positions; call sites that were not visited by then begin again."""
        for i, sequence in enumerate(self._sequences):
            sequence.return_to(positions[i] if i < len(positions) else None)

    def has_drawn(self):
        """Whether there are random operations in the function, or in those called within."""
        return bool(self._sequences) or any(frame.has_drawn() for _, frame in self._children)

    def _seeds(self, seed):
        if seed is None and get_random_seed() is not None:
            seed = self._own_seeds
            self._own_seeds += 1
        return _both_seeds(seed)


class StageFrame(Frame):
    """The frame of a data set's stage function. A data set that it makes draws from sequences within this one, which
    continue from element to element; a new iteration has another frame."""


class _State(threading.local):
    def __init__(self):
        self.frames = []  # of the running functions, innermost last
        self.eager_seeds = self.times_set = None
        self.sequences = {}  # (kind, dtype, seed) → Sequence of eager operations whose seed the program gave


_state = _State()


@contextmanager
def inside(frame):
    """A call of the function that the `Frame` belongs to."""
    frame.begin()
    _state.frames.append(frame)
    try:
        yield frame
    finally:
        _state.frames.pop()


def own_positions(function):
    """`function`, a branch or the body of a loop, which is a separate graph in TensorFlow, within a function. Its call
    sites are counted separately, and are the same in each of its calls."""
    outer = _state.frames[-1] if _state.frames else None
    if outer is None or isinstance(outer, NoDraws):
        return function
    frame = outer.child("graph")

    def within(*args):
        with inside(frame):
            return function(*args)

    return within


def frame_within_stage():
    """The frame of a stage that the function of another stage makes now; None if there is no such function."""
    outer = _state.frames[-1] if _state.frames else None
    return outer.child("stage", StageFrame) if isinstance(outer, StageFrame) else None


def function_frame(frames, key):
    """A call of a function: `frames`, a dict that belongs to it, keeps its outermost frames by `key`."""
    return inside(_state.frames[-1].child((id(frames), key)) if _state.frames else frames.setdefault(key, Frame()))


class NoDraws(Frame):
    """The frame of a function while it is traced: random operations that are no nodes of the graph are refused."""

    def sequence(self, seed):
        leaves_no_node("a draw of random numbers")
        return super().sequence(seed)

    def child(self, key, kind=None):
        leaves_no_node("a call of a `tf.function`")
        return super().child(key, kind)


def inside_function():
    """Whether a function that TensorFlow would trace is running: of a stage of a data set, or a `tf.function`."""
    return bool(_state.frames)


@contextmanager
def outside_functions():
    """Act as if no function were running: random operations inside are eager ones."""
    frames, _state.frames = _state.frames, []
    try:
        yield
    finally:
        _state.frames = frames


def inside_stage():
    """Whether a function of a data set's stage is running, in which all sequences restart with the stage."""
    return any(isinstance(frame, StageFrame) for frame in _state.frames)


def sequence_of(kind, dtype, seed):
    """The `Sequence` from which a call draws.

    Args:
        kind, dtype: which operation, if the program gave it a seed outside functions.
        seed: the own seed that the program gave, or None.
    """
    seed = None if seed is None else int(seed)
    if _state.frames:
        return _state.frames[-1].sequence(seed)
    if _state.times_set != times_set():
        _state.times_set, _state.sequences = times_set(), {}
        _state.eager_seeds = None if get_random_seed() is None else EagerSeeds(get_random_seed())
    if seed is None:
        return Sequence(_both_seeds(None) if _state.eager_seeds is None else _state.eager_seeds.next())
    key = (kind, str.__str__(dtype), seed)
    if key not in _state.sequences:
        _state.sequences[key] = Sequence(_both_seeds(seed))
    return _state.sequences[key]


def _both_seeds(seed):
    """The two seeds of an operation; drawn from the system if neither is given."""
    if seed is None and get_random_seed() is None:
        return randbits(64), randbits(64)
    return operation_seeds(get_random_seed(), 0 if seed is None else seed)
