"""Philox-4x32-10: random numbers by counting.

An ordinary generator changes its state with every draw, so number 1000 needs the 999 before it. A
*counter-based* generator has no state. It is a function that encrypts a counter with a key,

    words = philox(key, counter)          64-bit key, 128-bit counter → four 32-bit words,

and the random sequence is philox(key, 0), philox(key, 1), philox(key, 2), … Any part of it can be computed at
once, in any order, on any machine, and "the same seed" means "the same numbers" without anything to save or restore.

Why it is random: each of the ten rounds multiplies two words of the counter by an odd constant, which spreads every bit
over 64; the upper halves are mixed with the other words and the key by xor, and the words are permuted. A round is
invertible, so two counters never give the same block, and after about six rounds no known statistical test
distinguishes the output from random. Between rounds constants (the golden ratio and √3 − 1, as 32-bit fractions) are
added to the key, so that no two rounds are equal.

    round:   hi, lo = halves of MULTIPLIER_0 · c0        c0' = HI ^ c1 ^ k0        k0' = k0 + WEYL_0
             HI, LO = halves of MULTIPLIER_1 · c2        c1' = LO                  k1' = k1 + WEYL_1
                                                         c2' = hi ^ c3 ^ k1
                                                         c3' = lo

Here the 128-bit counter is split in two: the upper half, `stream`, is the sequence, and the lower half, `position`, the
block of four words in it. TensorFlow draws from the same generator in the same order, so the numbers are equal.

Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 3.3 and table 2.
"""

import threading
from typing import NamedTuple

import numpy as np

from minikeras.kernels.job_lists import JobList
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import compiles, inlined_subroutine, subroutine
from minikeras.kernels.tasks import indices, integers, task_kernel

MULTIPLIER_0 = np.uint64(0xD2511F53)
MULTIPLIER_1 = np.uint64(0xCD9E8D57)
WEYL_0 = np.uint64(0x9E3779B9)
WEYL_1 = np.uint64(0xBB67AE85)
ROUNDS = 10
LOW_WORD = np.uint64(0xFFFFFFFF)
WORD_BITS = np.uint64(32)
ALL_BITS = (1 << 64) - 1

# The fixed key with which TensorFlow's stateless operations encrypt a seed.
SEED_KEY = np.uint64(0x02461E29_3EC8F720)

# Below this many words NumPy takes 55 µs. Above, the jobs are faster at every size (65536 words: 30 µs, NumPy 880 µs).
COMPILED_FROM = 256
CHUNK = 1 << 14  # elements of a task

# Number of seed pairs that a Python thread encrypts in NumPy, 5 ms in all: a program that only draws its weights waits
# for no compiler.
SEEDS_BY_NUMPY = 1000


class Demand:
    """Whether a program draws enough numbers to justify compiling a loop.

    The reference gives the same bits, so a program that only draws its weights does not wait for the compiler.

    Args:
        enough: how many elements the reference draws first, in at most 200 calls.
        least: the reference draws fewer at a time than these.
    """

    def __init__(self, enough, least=COMPILED_FROM):
        self.enough = enough
        self.least = least
        self.drawn = 0

    def __call__(self, count):
        """Whether jobs draw these `count` numbers."""
        if count < self.least or not compiles():
            return False
        self.drawn += max(count, self.enough // 200)
        return self.drawn >= self.enough


@inlined_subroutine
def philox_block(key, stream, position):
    """The four 32-bit words of block `position` in sequence (key, stream), each in the low half of a uint64.

    The same code runs on one np.uint64 (a single block), on an array of them (`position` an array: many blocks at
    once), and compiled in the kernels' loops. All values fit in 64 bits.
    """
    k0, k1 = key & LOW_WORD, key >> WORD_BITS
    c0, c1 = position & LOW_WORD, position >> WORD_BITS
    c2, c3 = stream & LOW_WORD, stream >> WORD_BITS
    for _ in range(ROUNDS):
        product_0 = MULTIPLIER_0 * c0
        product_1 = MULTIPLIER_1 * c2
        c0 = (product_1 >> WORD_BITS) ^ c1 ^ k0
        c1 = product_1 & LOW_WORD
        c2 = (product_0 >> WORD_BITS) ^ c3 ^ k1
        c3 = product_0 & LOW_WORD
        k0 = (k0 + WEYL_0) & LOW_WORD
        k1 = (k1 + WEYL_1) & LOW_WORD
    return c0, c1, c2, c3


class Philox(NamedTuple):
    """A position in a random sequence, named by `key` and `stream`; `position` counts blocks of four words.

    All three are np.uint64.
    """

    key: np.uint64
    stream: np.uint64
    position: np.uint64 = np.uint64(0)

    def skip(self, blocks):
        """The position `blocks` blocks later. (Beyond 2⁶⁴ blocks the next stream begins; no program gets there.)"""
        return self._replace(position=self.position + np.uint64(blocks))

    def block(self):
        """The four words at this position."""
        return philox_block(*self)

    def words(self, count):
        """The next `count` words, uint32."""
        return philox_words(*self, count)

    def word_by_word(self):
        """All words from here on, as Python integers, one after the other."""
        generator = self
        while True:
            yield from (int(word) for word in generator.block())
            generator = generator.skip(1)


def integer_below(words, n):
    """An integer in [0, n) from an iterator of words; words that would favour small integers are skipped."""
    if not n & (n - 1):
        return next(words) & (n - 1)
    first = (2**32 - 1) % n + 1
    return next(word for word in words if word >= first) % n


def from_seed_pair(seed_pair):
    """The sequence that TensorFlow's `tf.random.stateless_*` operations draw from, given their `seed=(s0, s1)`.

    Neighbouring seeds must give unrelated sequences, so Philox is applied once to the pair as the counter:
    two of the four words become the key, two the stream. Negative seeds are 64-bit two's complement.

    Raises:
        ValueError: `seed_pair` is not two integers.
    """
    if len(seed_pair) != 2:
        raise ValueError(f"`seed_pair` must be two integers (seed, counter). Received: {seed_pair!r}")
    scrambler = _scrambler
    scrambler.asked += 1
    if scrambler.asked > SEEDS_BY_NUMPY and compiles():
        return scrambler.sequence(*seed_pair)
    return sequence_reference(*seed_pair)


def sequence_reference(seed, counter):
    """The sequence of a pair of seeds; of many pairs, if they are uint64 arrays."""
    if not isinstance(seed, np.ndarray):
        seed, counter = as_uint64(seed), as_uint64(counter)
    w0, w1, w2, w3 = philox_block(SEED_KEY, counter, seed)
    return Philox(key=w0 | (w1 << WORD_BITS), stream=w2 | (w3 << WORD_BITS))


def as_uint64(integer):
    """A Python integer modulo 2⁶⁴: −1 becomes 2⁶⁴ − 1."""
    return np.uint64(int(integer) & ALL_BITS)


@task_kernel
def scramble(task, pairs: integers(2)):
    """(seed, counter, key, stream) of each pair: sets the last two from the first two, as `sequence_reference`."""
    for i in range(len(pairs)):
        w0, w1, w2, w3 = philox_block(SEED_KEY, np.uint64(pairs[i, 1]), np.uint64(pairs[i, 0]))
        pairs[i, 2] = np.int64(w0 | (w1 << WORD_BITS))
        pairs[i, 3] = np.int64(w2 | (w3 << WORD_BITS))


def scramble_jobs(pairs):
    """The job of `scramble`."""
    return [scramble.job(1, pairs)]


class Scrambler(threading.local):
    """The job that computes sequences from seeds, and the words that it reads and writes: 1.5 µs, NumPy 6.

    Each Python thread has its own.

    Attributes:
        asked: this thread's number of requests.
    """

    def __init__(self):
        self.asked = 0
        self.words = np.zeros(4, np.uint64)
        self.jobs = JobList(scramble_jobs(self.words.view(np.int64).reshape(1, 4)))

    def sequence(self, seed, counter):
        """The sequence of a pair of seeds."""
        words = self.words
        words[0], words[1] = int(seed) & ALL_BITS, int(counter) & ALL_BITS
        self.jobs.run()
        return Philox(words[2], words[3])


_scrambler = Scrambler()


def block_count(words):
    """The number of blocks of four for these words."""
    return (words + 3) // 4


# Blocks that the reference computes at once: its arrays of 64 kB stay in the cache, 10⁶ words take half the time.
BLOCKS_AT_ONCE = 1 << 13
FEW_WORDS = 4  # up to this many are computed by Python's integers: 5 µs, where NumPy takes 90


def philox_words_reference(key, stream, position, count):
    """The `count` words from block `position` on, uint32: many blocks at once, with one array per word."""
    if count <= FEW_WORDS:
        return np.array(_block_of_integers(int(key), int(stream), int(position))[:count], np.uint32)
    words = np.empty((block_count(count), 4), np.uint32)
    for first in range(0, len(words), BLOCKS_AT_ONCE):
        part = words[first : first + BLOCKS_AT_ONCE]
        positions = position + np.arange(first, first + len(part), dtype=np.uint64)
        np.stack(philox_block(key, stream, positions), axis=-1, out=part, casting="unsafe")
    return words.reshape(-1)[:count]


def words_of_calls(generator, calls, blocks, count):
    """(calls, count) uint32: the first words, at most four, of blocks that lie `blocks` apart.

    Of many sequences, each at its own position, there is a row for each if `calls` is 1.
    """
    key, stream, position = generator
    positions = position + np.uint64(blocks) * np.arange(calls, dtype=np.uint64)
    rows = max(calls, np.size(key))
    if not demand_of_calls(rows):
        return np.stack(philox_block(key, stream, positions), axis=-1)[:, :count].astype(np.uint32)
    counters = np.empty((rows, 4), np.uint64)
    counters[:, 0], counters[:, 1], counters[:, 2] = key, stream, positions
    run_prepared(single_block_jobs, (counters.view(np.int64),))
    return counters[:, :count].astype(np.uint32)


def words_of_seed_pairs(seeds, counters, count):
    """(pairs, count) uint32: the first words, at most four, of the sequence of each pair of seeds, uint64 arrays."""
    if not demand_of_calls(len(seeds)):
        return words_of_calls(sequence_reference(seeds, counters), 1, 0, count)
    pairs = np.empty((len(seeds), 4), np.uint64)
    pairs[:, 0], pairs[:, 1] = seeds, counters
    run_prepared(scramble_jobs, (pairs.view(np.int64),))
    return words_of_calls(Philox(pairs[:, 2], pairs[:, 3]), 1, 0, count)


# Below four rows NumPy is as quick. Rows of 64 seeds take it 700 µs, the jobs 20.
demand_of_calls = Demand(1 << 12, least=4)


def single_block_jobs(counters):
    """The job of `single_blocks`."""
    return [single_blocks.job(1, counters)]


@task_kernel
def single_blocks(task, counters: integers(2)):
    """Replace (key, stream, position, anything) in each row by the four words of the block there."""
    for i in range(len(counters)):
        key, stream, position = counters[i, 0], counters[i, 1], counters[i, 2]
        w0, w1, w2, w3 = philox_block(np.uint64(key), np.uint64(stream), np.uint64(position))
        counters[i, 0] = np.int64(w0)
        counters[i, 1] = np.int64(w1)
        counters[i, 2] = np.int64(w2)
        counters[i, 3] = np.int64(w3)


def _block_of_integers(key, stream, position):
    """`philox_block` for Python's integers: products do not overflow, so nothing else changes."""
    low, multiplier_0, multiplier_1 = 0xFFFFFFFF, int(MULTIPLIER_0), int(MULTIPLIER_1)
    weyl_0, weyl_1 = int(WEYL_0), int(WEYL_1)
    k0, k1, c0, c1 = key & low, key >> 32, position & low, position >> 32
    c2, c3 = stream & low, stream >> 32
    for _ in range(ROUNDS):
        product_0, product_1 = multiplier_0 * c0, multiplier_1 * c2
        c0, c1 = (product_1 >> 32) ^ c1 ^ k0, product_1 & low
        c2, c3 = (product_0 >> 32) ^ c3 ^ k1, product_0 & low
        k0, k1 = (k0 + weyl_0) & low, (k1 + weyl_1) & low
    return c0, c1, c2, c3


demand = Demand(1 << 22)


def philox_words(key, stream, position, count):
    """The `count` words from block `position` on, uint32."""
    if not demand(count):
        return philox_words_reference(key, stream, position, count)
    words = aligned((4 * block_count(count),), np.int32)
    draw(words_jobs, (key, stream, position), words)
    return words.view(np.uint32)[:count]


def draw(build, generator, numbers, *settings):
    """Fill an array by the jobs of build(sequence, numbers, *settings), from this position of a sequence on."""
    run_prepared(build, (as_sequence(generator), numbers), *settings)


def as_sequence(generator):
    """(key, stream, position) as jobs read them, int64."""
    return np.array(generator, np.uint64).view(np.int64)


def jobs_of(kernel, sequence, numbers):
    """The job of a kernel (task, sequence, numbers) with `CHUNK` numbers per task."""
    return [kernel.job(-(-numbers.size // CHUNK), sequence, numbers)]


def words_jobs(sequence, words):
    """The job of `philox_words`."""
    return jobs_of(word_chunks, sequence, words)


@subroutine
def place_of(sequence, blocks):
    """(key, stream, position) of a sequence, this many blocks later."""
    return np.uint64(sequence[0]), np.uint64(sequence[1]), np.uint64(sequence[2] + blocks)


@task_kernel
def word_chunks(task, sequence: integers(1), words: indices(1)):
    """A chunk of the words; `sequence` is (key, stream, position)."""
    words = words[task * CHUNK : (task + 1) * CHUNK]
    key, stream, position = place_of(sequence, task * (CHUNK // 4))
    for i in range(len(words) // 4):
        w0, w1, w2, w3 = philox_block(key, stream, position + np.uint64(i))
        words[4 * i] = np.int32(w0)
        words[4 * i + 1] = np.int32(w1)
        words[4 * i + 2] = np.int32(w2)
        words[4 * i + 3] = np.int32(w3)
