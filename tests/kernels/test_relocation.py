"""Jobs on other arrays: the addresses that kernels and tables declare change, and no number does."""

import gc
import weakref

import numpy as np
import pytest

from minikeras.kernels import prepared
from minikeras.kernels.address_table import AddressTable, At
from minikeras.kernels.addresses import floats_at
from minikeras.kernels.job_lists import run
from minikeras.kernels.memory import address_of, aligned, extent, owner_of
from minikeras.kernels.relocation import ArrayMap, Relocation, addresses_in
from minikeras.kernels.tasks import bytes_, floats, indices, integers, pointer, task_kernel


@task_kernel
def add_and_note(task, x: floats(1), y: pointer, number: int, seen: integers(1)):
    """y += x, seen = [number, whether there is a y]."""
    if y != 0:
        target = floats_at(y, len(x))
        for i in range(len(x)):
            target[i] += x[i]
    seen[0], seen[1] = number, int(y != 0)


@task_kernel
def add_rows(task, table: integers(2)):
    """The second array of a row += the first, as many elements as its third cell says."""
    x, y = floats_at(table[task, 0], table[task, 2]), floats_at(table[task, 1], table[task, 2])
    for i in range(x.size):
        y[i] += x[i]


def ones(*shape):
    return np.ones(shape, np.float32)


@pytest.mark.parametrize("python", [False, True], ids=["compiled", "in Python"])
@pytest.mark.parametrize("has_y", [False, True])
def test_a_pointer_is_an_address_or_0(has_y, python):
    y, seen = ones(6), np.zeros(2, np.int64)
    job = add_and_note.job(1, ones(3), y[2:5] if has_y else None, 7, seen)
    job.run_in_python() if python else run([job])
    assert seen.tolist() == [7, has_y]
    assert y.tolist() == ([1, 1, 2, 2, 2, 1] if has_y else [1] * 6)
    assert job.block.tolist() == [
        address_of(job.arguments[0]), 3, address_of(y) + 8 if has_y else 0, 7, address_of(seen), 2
    ]  # fmt: skip


def test_a_job_keeps_what_it_points_to_alive():
    table = AddressTable([[At(0), At(1), 2]], given=1, own=[ones(2)])
    arrays = [np.zeros(2, np.float32) for _ in range(2)]
    gone = [weakref.ref(array) for array in arrays]
    table.point_to(arrays[:1])
    jobs = [add_rows.job(1, table), add_and_note.job(1, ones(2), arrays[1], 0, np.zeros(2, np.int64))]
    del arrays, table
    assert all(array() is not None for array in gone)
    del jobs
    gc.collect()
    assert all(array() is None for array in gone)


def test_jobs_run_on_other_arrays_and_let_go_of_theirs():
    x, y, seen, other_x, other_y = ones(3), ones(3), np.zeros(2, np.int64), 2 * ones(3), 5 * ones(3)
    jobs = [add_and_note.job(1, x, y, 7, seen)]
    relocation = Relocation(jobs, [x, None, y])
    relocation.move_to([address_of(other_x), 0, address_of(other_y)])
    gone = weakref.ref(x)
    del x
    assert gone() is None
    run(jobs)
    assert y.tolist() == [1, 1, 1]
    assert other_y.tolist() == [7, 7, 7]
    relocation.move_to([address_of(other_y), 0, address_of(y)])
    run(jobs)
    assert y.tolist() == [8, 8, 8]


def test_a_number_that_equals_an_address_stays():
    x, y, seen, other = ones(3), ones(3), np.zeros(2, np.int64), 2 * ones(3)
    for array in (x, y):
        for number in (address_of(array), address_of(array) + 4):
            jobs = [add_and_note.job(1, x, y, number, seen)]
            Relocation(jobs, [x, y]).move_to([address_of(other)] * 2)
            run(jobs)
            assert seen[0] == number
    assert x.tolist() == y.tolist() == [1, 1, 1]


def test_a_number_in_a_table_that_equals_an_address_stays():
    x, y, other = ones(3), ones(3), 2 * ones(3)
    table = AddressTable([[At(0), At(1), 3, address_of(x)], [At(0, 8), At(1, 4), 1, address_of(y)]], given=2)
    table.point_to([x, y])
    jobs = [add_rows.job(2, table), add_rows.job(1, table)]
    relocation = Relocation(jobs, [x])
    relocation.move_to([address_of(other)])
    first, second = table.rows.tolist()
    assert first == [address_of(other), address_of(y), 3, address_of(x)]
    assert second == [address_of(other) + 8, address_of(y) + 4, 1, address_of(y)]
    assert table.arrays == [None, y]
    run(jobs)
    assert y.tolist() == [5, 7, 5]
    assert len(list(addresses_in(jobs))) == 4  # that of the rows in each job, and those of y


def test_prepared_jobs_keep_their_numbers():
    seen = np.zeros(2, np.int64)
    numbers = []

    def build(x, y):
        numbers.append(address_of(y) + 4)
        return [add_and_note.job(1, x, y, numbers[-1], seen), add_rows.job(1, table_of(x, y))]

    def table_of(x, y):
        table = AddressTable([[At(0), At(1, 4), 2, address_of(x)]], given=2)
        table.point_to([x, y])
        return table

    jobs = prepared.prepare(build, [ones(3), ones(3)], ())
    for _ in range(3):
        x, y = ones(3), ones(3)
        jobs.run_on((x, y))
        assert seen[0] == numbers[0]
        assert y.tolist() == [2, 3, 3]
    assert jobs.scratch_bytes == seen.nbytes + 4 * 8  # its own arrays: what it notes, and the table


def test_views_of_one_address_each_follow_their_array():
    memory = ones(12)
    first, second = memory[:6], memory[6:]
    same = first.reshape(2, 3)
    arrays = ArrayMap([first, None, second])
    assert [arrays.number_of(a) for a in (first, same, same[1], first[::-1])] == [0] * 4
    assert [arrays.number_of(a) for a in (second, second.reshape(3, 2), second[5:])] == [2] * 3
    assert ones(6)[:0] not in arrays
    assert ones(6) not in arrays
    assert memory[:0] in arrays


def test_equal_addresses_in_different_memory_are_different_arrays():
    """NumPy may hand out memory that something else owns: then the address alone does not say which array it is."""
    memory = ones(4)

    class Owner:
        __array_interface__ = memory.__array_interface__

    twin = np.asarray(Owner())
    assert address_of(twin) == address_of(memory)
    seen, other = np.zeros(2, np.int64), 3 * ones(4)
    jobs = [add_and_note.job(1, twin, memory, 0, seen)]
    Relocation(jobs, [memory]).move_to([address_of(other)])
    run(jobs)
    assert jobs[0].arguments[0] is twin
    assert memory.tolist() == [1] * 4
    assert other.tolist() == [4] * 4


@pytest.mark.parametrize("steps", [(1, 1), (2, 1), (-1, 1), (-2, 3), (1, -1)])
def test_the_extent_of_an_array_is_where_its_elements_lie(steps):
    array = ones(7, 5)[:: steps[0], :: steps[1]]
    addresses = [address_of(array[i:, j:]) for i in range(array.shape[0]) for j in range(array.shape[1])]
    assert extent(array) == (min(addresses), max(addresses) + 4)
    assert extent(array[:0]) == (address_of(array[:0]),) * 2
    assert owner_of(array) is owner_of(array.base)


def test_a_move_that_was_interrupted_is_made_up_for():
    """Ctrl-C may come while addresses are written: none may be left from before."""
    x, other, seen = ones(3), 2 * ones(3), np.zeros(2, np.int64)
    jobs = [add_and_note.job(1, x, x, 0, seen) for _ in range(2)]

    class Interrupted(list):
        def __setitem__(self, position, value):
            raise KeyboardInterrupt

    relocation = Relocation(jobs, [x])
    positions = relocation._positions[0]
    positions.insert(2, (Interrupted(), 0, 0))
    with pytest.raises(KeyboardInterrupt):
        relocation.move_to([address_of(other)])
    positions.pop(2)
    relocation.move_to([address_of(x)])
    assert all(job.block[0] == job.block[2] == address_of(x) for job in jobs)


# --- random jobs ------------------------------------------------------------------------------------------------------

KINDS = {floats: np.float32, integers: np.int64, indices: np.int32, bytes_: np.uint8}


def random_view(rng, array):
    """A part of an array of bytes as an array of another dtype, with one or two axes."""
    make = list(KINDS)[rng.integers(len(KINDS))]
    first, count = 8 * rng.integers(len(array) // 8), 2 * rng.integers(5)
    view = array[first : first + 8 * count].view(KINDS[make])
    return make(1 + (even := len(view) % 2 == 0)), view.reshape(2, -1) if even else view


def random_job(rng, arrays):
    """(parameters, arguments) of a job on views of arrays of bytes, and on numbers that equal their addresses."""
    parameters, arguments = [], []
    for _ in range(rng.integers(1, 9)):
        array = arrays[rng.integers(len(arrays))]
        kind = rng.integers(5)
        if kind == 0:
            parameters.append(int)
            arguments.append(address_of(array) + int(rng.integers(9)))
        elif kind == 1:
            parameters.append(float)
            arguments.append(float(np.int64(address_of(array)).view(np.float64)))
        elif kind == 2:
            parameters.append(pointer)
            arguments.append(None if rng.integers(3) == 0 else random_view(rng, array)[1])
        else:
            parameter, view = random_view(rng, array)
            parameters.append(parameter)
            arguments.append(view)
    return parameters, arguments


def kernel_with(parameters):
    """A task kernel with these parameters, which is never compiled."""

    names = [f"p{number}" for number in range(len(parameters))]
    source = f"def function(task, {', '.join(f'{name}: {name}_' for name in names)}): pass"
    scope = {f"{name}_": parameter for name, parameter in zip(names, parameters, strict=True)}
    exec(source, scope)
    return task_kernel(scope["function"])


def on(array, arrays, others):
    """A view of one of the arrays as the same view of its counterpart."""
    number = next(i for i, a in enumerate(arrays) if owner_of(a) is owner_of(array))
    offset = address_of(array) - address_of(arrays[number])
    return np.ndarray(array.shape, array.dtype, others[number], offset, array.strides)


@pytest.mark.parametrize("seed", range(20))
def test_random_jobs_read_what_jobs_made_for_the_other_arrays_read(seed):
    rng = np.random.default_rng(seed)
    arrays, others = ([aligned((256,), np.uint8) for _ in range(4)] for _ in range(2))
    moved = arrays[: rng.integers(5)]
    targets = [*others[: len(moved)], *arrays[len(moved) :]]
    jobs, expected = [], []
    for _ in range(10):
        parameters, arguments = random_job(rng, arrays)
        kernel = kernel_with(parameters)
        there = [on(a, arrays, targets) if isinstance(a, np.ndarray) else a for a in arguments]
        cells = [
            [At(rng.integers(4), int(rng.integers(200))), address_of(arrays[rng.integers(4)]), int(rng.integers(9))]
            for _ in range(rng.integers(4))
        ]
        tables = [AddressTable(cells, given=4) for _ in range(2)]
        for table, pointed_to in zip(tables, (arrays, targets), strict=True):
            table.point_to(pointed_to)
        jobs += [kernel.job(1, *arguments), add_rows.job(len(tables[0]), tables[0])]
        expected += [kernel.job(1, *there), add_rows.job(len(tables[1]), tables[1])]
    relocation = Relocation(jobs, moved)
    relocation.move_to([address_of(a) for a in others[: len(moved)]])
    for job, wanted in zip(jobs, expected, strict=True):
        if job.tables:
            np.testing.assert_array_equal(job.arguments[0], wanted.arguments[0])
        else:
            np.testing.assert_array_equal(job.block, wanted.block)
    gone = [weakref.ref(owner_of(array)) for array in moved]
    del arrays, moved, targets, expected, there, pointed_to, arguments, tables, table
    assert all(array() is None for array in gone)
