"""The sum of gradients over ranks, in a plan: instructions between those of backward and the update.

    … │ open │ backward, write bucket 0, backward, write bucket 1, …, backward │ meet │ add, update │ …

Gradients are written to memory that all ranks of a host share while the rest of backward runs, a *bucket* of several at
a time, just computed and still in the cache. When all ranks have written, each adds the gradients of all. *Open* and
*meet* are the only Python (`collectives/window.py`); the rest are jobs (`kernels/collective_jobs.py`). Nothing is added
before all of backward is done: on one host, the processors that could add are busy with backward.

Between hosts it is different, since a network transfers numbers while processors compute. There buckets are larger, as
`collectives/sum_over_hosts.py` explains, and after each one is written, a step in Python begins to add the buckets that
all ranks have written:

    … │ open │ backward, write bucket 0 │ begin │ backward, write bucket 1 │ begin │ … │ finish │ read, update │ …

Rows of tables (`IndexedSlices`) are joined in Python, rank after rank, and the update's jobs read them from there.

Sums of other dtypes remain the effect that was traced, in Python.
"""

import math
from time import perf_counter

import numpy as np

from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.collectives.sum_over_hosts import SumOverHosts
from minikeras.collectives.window import fingerprint
from minikeras.kernels.collective_jobs import add_chunk_job, add_job, read_job, write_job
from minikeras.optimizers.summing import add_gradients, join_rows
from minikeras.plans.instructions import Buffer, Effect, Instruction, Read
from minikeras.plans.lower import Lowering, all_float32, lowering_of, lowers, view_of

BUCKET = 1 << 18  # bytes, which fit in a processor's private cache


class Sum:
    """The state that the instructions of one sum share.

    Args:
        group: the `Group`.
        share: the `Share` whose weight scales this rank's gradients.
        shapes: of the gradients, in order.

    Attributes:
        positions: the addresses for jobs.
        starts: for each gradient, how many elements come before it.
        reads_sums: whether others add for this rank, which reads the sums, or it adds all itself.
        over_hosts: the `SumOverHosts`; None on one host.
    """

    def __init__(self, group, share, shapes):
        self.group, self.window = group, group.window
        self.factor = share.weight_of_gradients
        sizes = [math.prod(shape) for shape in shapes]
        self.size, self.starts = sum(sizes), (np.cumsum(sizes) - sizes).tolist()
        self.nbytes = self.size * np.dtype(np.float32).itemsize
        self.fingerprint = fingerprint(shapes)
        self.positions = np.zeros(4, np.int64)
        self.over_hosts = None
        if group.hosts > 1:
            self.over_hosts = SumOverHosts(self.window, group.across, sizes, np.float32)
        self.adds_chunks = group.hosts == 1 and self.window.adds_chunks(self.nbytes)
        self.reads_sums = self.adds_chunks or group.hosts > 1

    def open(self):
        """Prepare the shared memory, before gradients are written."""
        if self.over_hosts is None:
            self.window.reserve(self.nbytes)
        else:
            self.over_hosts.begin()
        self.positions[:] = self.window.positions()

    def meet(self):
        """Wait for the other ranks, after this rank has written all its gradients."""
        begun = perf_counter()
        if self.over_hosts is None:
            self.window.meet_for(self.nbytes, self.fingerprint)
        else:
            self.over_hosts.finish(self.fingerprint)
        self.group.note_sum(perf_counter() - begun)

    def meet_again(self):
        """Wait for the other ranks, after this rank has added its chunk."""
        begun = perf_counter()
        self.window.barriers.meet()
        self.group.seconds_in_sums += perf_counter() - begun


class Step:
    """A plan's step in Python that calls a method of a `Sum`."""

    reads = writes = last_uses = ()

    def __init__(self, method, *arguments):
        self.method, self.arguments, self.title = method, arguments, method.__name__

    def run(self, values):
        self.method(*self.arguments)


class WriteBucket(Instruction):
    """Some gradients written for all ranks: {buffer: number of the gradient}."""

    def __init__(self, of, numbers, is_first):
        self.of, self.numbers, self.is_first = of, numbers, is_first
        self.reads = tuple(numbers)

    @property
    def title(self):
        return f"write {len(self.reads)} gradients for all ranks"


class BeginToAdd(Instruction):
    """After some buckets are written, adds those that all hosts have while backward continues."""

    title = "begin to add what all ranks have written"

    def __init__(self, of, count):
        self.of, self.count = of, count


class AddChunk(Instruction):
    """One chunk of all ranks' gradients added by this rank for all."""

    title = "add a chunk of all ranks' gradients"

    def __init__(self, of):
        self.of = of


class SumOverRanks(Instruction):
    """The sums of gradients: `reads` and `writes` are their buffers."""

    def __init__(self, of, reads, writes):
        self.of, self.reads, self.writes = of, tuple(reads), tuple(writes)

    @property
    def title(self):
        return f"add {len(self.writes)} gradients of {self.of.group.size} ranks"


class JoinRows(Instruction):
    """Joins the rows of a table that all ranks have read, and their gradients; `reads`, `writes` are (indices, rows).

    `arguments` are those of `join_rows` after the gradient.
    """

    title = "join the rows of all ranks"

    def __init__(self, reads, writes, width, *arguments):
        self.reads, self.writes, self.width, self.arguments = reads, writes, width, arguments

    def run(self, values):
        index, dy = (values[i] for i in self.reads)
        joined = join_rows(IndexedSlices(dy.reshape(-1, self.width), index.reshape(-1), ()), *self.arguments)
        values[self.writes[0]], values[self.writes[1]] = joined.indices, joined.values


# --- from what was traced -------------------------------------------------------------------------------------------


def with_sums(instructions, buffers):
    """Replace the traced sums of gradients by this module's instructions, where jobs can compute them."""
    position = 0
    while position < len(instructions):
        instruction = instructions[position]
        if type(instruction) is Effect and instruction.function is add_gradients and _fits(instruction, buffers):
            before, made = _as_jobs(instruction, instructions[:position], buffers)
            instructions = [*before, *made, *instructions[position + 1 :]]
            position = len(before) + len(made)
        else:
            position += 1
    return instructions


def _fits(effect, buffers):
    distinct = len(set(effect.reads)) == len(effect.args[0]) == len(effect.writes)  # one may be that of two variables
    return distinct and all_float32(buffers, (*effect.reads, *effect.writes))


def _as_jobs(effect, before, buffers):
    """(the instructions before a sum, with its buckets among them; the instructions that replace it)."""
    _, share, group = effect.args
    of = Sum(group, share, [buffers[buffer].shape for buffer in effect.reads])
    numbers = {buffer: number for number, buffer in enumerate(effect.reads)}
    opened = 1 + max((p for p, i in enumerate(before) if not _is_compiled(i, buffers)), default=-1)
    known = [buffer for i in before[:opened] for buffer in i.writes if buffer in numbers]
    known += [buffer for buffer in numbers if buffers[buffer].kind != "result"]
    cut = _as_they_come if of.over_hosts is None else _as_hosts_add
    result, writes = before[:opened], cut(of, numbers, buffers)
    next(writes)
    for instruction in [*before[opened:], None]:
        if instruction is not None:
            result.append(instruction)
            known += [buffer for buffer in instruction.writes if buffer in numbers]
        result += writes.send((known, instruction is None))
        known = []
    made = [AddChunk(of)] if of.adds_chunks else []
    return result, [*made, SumOverRanks(of, effect.reads, effect.writes)]


def _as_they_come(of, numbers, buffers):
    """Generator of the instructions that write gradients; it is sent (new buffers, whether these are the last).

    A bucket holds gradients that backward computes one after another, still in the cache.
    """
    instructions, bucket, is_first = [], [], True
    while True:
        new, is_end = yield instructions
        bucket, instructions = bucket + new, []
        if bucket and (is_end or sum(buffers[buffer].nbytes for buffer in bucket) >= BUCKET):
            instructions = [WriteBucket(of, {buffer: numbers[buffer] for buffer in bucket}, is_first)]
            bucket, is_first = [], False


def _as_hosts_add(of, numbers, buffers):
    """The same with buckets that do not depend on the order of backward, since all hosts must have the same ones."""
    buckets = [
        {buffer: i for buffer, i in numbers.items() if bucket.start <= of.starts[i] < bucket.stop}
        for bucket in of.over_hosts.buckets
    ]
    instructions, known, done = [], set(), 0
    while True:
        new, _ = yield instructions
        known, instructions = known.union(new), []
        while done < len(buckets) and known.issuperset(buckets[done]):
            instructions += [WriteBucket(of, buckets[done], done == 0), BeginToAdd(of, done + 1)]
            done += 1


def _is_compiled(instruction, buffers):
    """Whether it is neither Python nor part of another sum: between *open* and *meet* ranks do nothing else."""
    if isinstance(instruction, (WriteBucket, BeginToAdd, AddChunk, SumOverRanks)):
        return False
    return (
        type(instruction) is Read or view_of(instruction) is not None or lowering_of(instruction, buffers) is not None
    )


def joined_rows(effect, rows, buffers):
    """The `JoinRows` that replaces an effect that joins the rows of a table; None if their number may change.

    Args:
        effect: the effect, of `join_rows`.
        rows: (buffer of the indices, buffer of the gradients) of this rank.
        buffers: the plan's; two are added.
    """
    _, share, group = effect.args
    index = buffers[rows[0]]
    count, is_of_batch = math.prod(index.shape), index.kind != "constant" and index.shape[:1] == (share.computed,)
    if not share.is_whole or not count or buffers[rows[1]].dtype is None:
        return None
    if is_of_batch:
        total = count // share.computed * share.total
    elif index.kind == "constant" and np.unique(index.origin).size == count:
        total = count  # each is a row of all samples: gradients are added
    else:
        return None
    width = math.prod(buffers[rows[1]].shape) // count
    writes = tuple(
        _new_buffer(buffers, shape, buffers[buffer].dtype)
        for buffer, shape in zip(rows, ((total,), (total, width)), strict=True)
    )
    return JoinRows(tuple(rows), writes, width, share, group, is_of_batch)


def _new_buffer(buffers, shape, dtype):
    buffers.append(Buffer(len(buffers), "result", np.broadcast_to(np.zeros((), dtype), shape)))
    return len(buffers) - 1


# --- as jobs --------------------------------------------------------------------------------------------------------


@lowers(WriteBucket)
def write_bucket(instruction, buffers):
    """Scale this rank's gradients and write them to where all ranks read them."""
    of = instruction.of

    def jobs(arrays):
        return [
            write_job(arrays[buffer], of.positions, of.starts[number], of.factor)
            for buffer, number in instruction.numbers.items()
        ]

    return Lowering(jobs, instruction.reads, (), prepare=Step(of.open) if instruction.is_first else None)


@lowers(BeginToAdd)
def begin_to_add(instruction, buffers):
    """No job: Python, between those of backward."""
    step = Step(instruction.of.over_hosts.wrote, instruction.count)
    return Lowering(lambda arrays: [], (), (), prepare=step)


@lowers(AddChunk)
def chunk(instruction, buffers):
    """Add this rank's chunk."""
    of = instruction.of
    return Lowering(
        lambda arrays: [add_chunk_job(of.positions, of.window.chunk(of.size), of.window.count)],
        (),
        (),
        prepare=Step(of.meet),
    )


@lowers(SumOverRanks)
def sums(instruction, buffers):
    """Write the sums to where the update reads them: over the gradients themselves."""
    of = instruction.of

    def jobs(arrays):
        made = []
        for start, buffer in zip(of.starts, instruction.writes, strict=True):
            read = read_job if of.reads_sums else add_job
            ranks = () if of.reads_sums else (of.window.count,)
            made.append(read(of.positions, start, *ranks, arrays[buffer]))
        return made

    pairs = list(zip(instruction.reads, instruction.writes, strict=True))
    meeting = of.meet_again if of.adds_chunks else of.meet
    return Lowering(jobs, instruction.reads, instruction.writes, prepare=Step(meeting), in_place=pairs)
