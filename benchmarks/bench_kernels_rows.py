"""Rows that are read (embeddings, batches of `fit`), added to a table, or its maxima; searches; random numbers."""

import numpy as np
import pytest

from benchmarks.goals import OTHER_KERNELS
from benchmarks.inputs import normal
from benchmarks.measuring import assert_same
from benchmarks.planned import by_jobs
from minikeras.kernels import boxes, elementwise, embedding, lu_factors, random, searching
from minikeras.kernels.address_table import AddressTable, At
from minikeras.kernels.embedding_jobs import take_rows_jobs
from minikeras.kernels.gather_jobs import gather_rows_jobs
from minikeras.kernels.memory import aligned

TABLES = {  # rows of the table, width, rows read
    "4096 of 10000×64": (10_000, 64, 4096),
    "32 of 1000×8": (1000, 8, 32),
    "16384 of 50000×128": (50_000, 128, 16_384),
}


def _table_and_indices(name):
    rows, width, count = TABLES[name]
    table, values = normal((rows, width), (count, width))
    return table, np.random.default_rng(0).integers(0, rows, count), values


@pytest.mark.parametrize("name", TABLES)
def test_embedding_forward(side_by_side, tf, torch, name):
    table, indices, values = _table_and_indices(name)
    rows = aligned(values.shape)
    theirs = torchs = None
    if tf is not None:
        tensors = tf.constant(table), tf.constant(indices)
        theirs = lambda: tf.gather(*tensors)  # noqa: E731
    if torch is not None:
        pair = torch.from_numpy(indices), torch.from_numpy(table)
        torchs = lambda: torch.nn.functional.embedding(*pair)  # noqa: E731
    side_by_side(
        f"embedding, {name}: forward",
        goals=OTHER_KERNELS,
        work=(0, 2 * values.nbytes),
        minikeras=by_jobs(take_rows_jobs(table, indices, rows, np.zeros(1, np.int64)), rows),
        eager=lambda: embedding.take_rows(table, indices),
        tensorflow=theirs,
        pytorch=torchs,
    )


@pytest.mark.parametrize("name", TABLES)
def test_embedding_gradient(side_by_side, tf, torch, name):
    """The dense gradient: zeros with the rows added."""
    table, indices, values = _table_and_indices(name)
    theirs = torchs = None
    if tf is not None:
        tensors = tf.constant(values), tf.constant(indices), len(table)
        theirs = lambda: tf.math.unsorted_segment_sum(*tensors)  # noqa: E731
    if torch is not None:
        pair = torch.from_numpy(values), torch.from_numpy(indices)
        torchs = lambda: torch.ops.aten.embedding_dense_backward(*pair, len(table), -1, False)  # noqa: E731
    side_by_side(
        f"embedding, {name}: gradient",
        goals=OTHER_KERNELS,
        work=(0, table.nbytes + 3 * values.nbytes),
        minikeras=lambda: embedding.scatter_add_rows(np.zeros_like(table), indices, values),
        tensorflow=theirs,
        pytorch=torchs,
    )


def _boxes():
    corners = np.random.default_rng(0).random((500, 2))
    return np.hstack([corners, corners + 0.1]).astype("float32")


IDS = np.random.default_rng(0).integers(0, 1000, 100_000)
ROWS, SQUARE, MATRIX, BOXES = normal((100_000, 8)), normal((64, 64)), normal((1024, 256)), _boxes()


def _raised():
    table = np.full((1000, 8), np.finfo("f").min, "float32")
    embedding.scatter_max_rows(table, IDS, ROWS)
    return table


def _factors():
    lu, rows = SQUARE[None].copy(), np.arange(64, dtype=np.int32)[None]
    lu_factors.lu_factor(lu, rows.copy())
    return lu[0]


OTHERS = {  # ours, TensorFlow's
    "maxima of 1000 segments of 100000×8": (_raised, lambda tf: lambda: tf.math.unsorted_segment_max(ROWS, IDS, 1000)),
    "262144 values searched in 1024": (
        lambda: searching.searchsorted(np.sort(MATRIX[:, 0]), MATRIX, "left"),
        lambda tf: lambda: tf.reshape(tf.searchsorted(np.sort(MATRIX[:, 0]), MATRIX.ravel()), MATRIX.shape),
    ),
    "LU factors of 64×64": (_factors, lambda tf: lambda: tf.linalg.lu(SQUARE)[0]),
    "50 of 500 boxes": (
        lambda: boxes.non_maximum_suppression(BOXES, np.arange(500), 50, 0.5),
        lambda tf: lambda: tf.image.non_max_suppression(BOXES, np.linspace(1, 0.1, 500, dtype="float32"), 50),
    ),
    "a select of 1024×256": (
        lambda: elementwise.select(MATRIX > 0, MATRIX, -MATRIX),
        lambda tf: lambda: tf.where(MATRIX > 0, MATRIX, -MATRIX),
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_functions(side_by_side, tf, name):
    ours, theirs = OTHERS[name]
    side_by_side(name, goals=OTHER_KERNELS, minikeras=ours, tensorflow=theirs(tf) if tf is not None else None)


@pytest.mark.parametrize("shape", [(60_000, 784), (10_000, 32, 32, 3)], ids=str)
def test_batch_of_fit(side_by_side, tf, torch, shape):
    """128 samples in a random order, as `fit` gathers them."""
    data = np.random.default_rng(0).random(shape, dtype=np.float32)
    order = np.random.default_rng(0).permutation(len(data))[:128]
    place = aligned((128, *shape[1:]))
    sources = AddressTable([[At(0)]], given=0, own=[data])  # of one step
    jobs = gather_rows_jobs(sources, order, np.zeros(1, np.int64), place)
    theirs = torchs = None
    if tf is not None:
        tensors = tf.constant(data), tf.constant(order)
        theirs = lambda: tf.gather(*tensors)  # noqa: E731
    if torch is not None:
        tensor, positions = torch.from_numpy(data), torch.from_numpy(order)
        torchs = lambda: tensor[positions]  # noqa: E731
    side_by_side(
        f"batch of 128 from {'×'.join(map(str, shape))}",
        goals=OTHER_KERNELS,
        work=(0, 2 * 128 * data[0].nbytes),
        minikeras=by_jobs(jobs, place),
        eager=lambda: data[order],
        tensorflow=theirs,
        pytorch=torchs,
    )


SEED = (1, 2)
RANDOM = {  # name → ours, TensorFlow's (both of a shape), PyTorch's
    "uniform": (
        lambda shape: random.stateless_uniform(SEED, shape),
        lambda tf, shape: tf.random.stateless_uniform(shape, SEED),
        lambda torch, shape: torch.rand(shape),
    ),
    "normal": (
        lambda shape: random.stateless_normal(SEED, shape),
        lambda tf, shape: tf.random.stateless_normal(shape, SEED),
        lambda torch, shape: torch.randn(shape),
    ),
    "truncated normal": (
        lambda shape: random.stateless_truncated_normal(SEED, shape),
        lambda tf, shape: tf.random.stateless_truncated_normal(shape, SEED),
        lambda torch, shape: torch.nn.init.trunc_normal_(torch.empty(shape)),
    ),
}


@pytest.mark.parametrize("size", [1000, 1_000_000])
@pytest.mark.parametrize("name", RANDOM)
def test_random_numbers(side_by_side, tf, torch, name, size):
    """The same numbers as TensorFlow's; PyTorch draws others."""
    ours, theirs, torchs = RANDOM[name]
    ours((1 << 22,))  # the first numbers of a program are drawn by the reference, which waits for no compiler
    side_by_side(
        f"{name}, {size:,} numbers",
        goals=OTHER_KERNELS,
        work=(0, 4 * size),
        check=_all_but_the_last if torch else assert_same,
        minikeras=lambda: ours((size,)),
        tensorflow=tf and (lambda: theirs(tf, (size,))),
        pytorch=torch and (lambda: torchs(torch, (size,))),
    )


@pytest.mark.parametrize("size", [4096, 1_000_000])
def test_dropout(side_by_side, tf, torch, size):
    x, rate = normal(size), 0.25
    theirs = torchs = None
    if tf is not None:
        tensor = tf.constant(x)
        theirs = lambda: tf.nn.experimental.stateless_dropout(tensor, rate, SEED)  # noqa: E731
    if torch is not None:
        numbers = torch.from_numpy(x)
        torchs = lambda: torch.nn.functional.dropout(numbers, rate)  # noqa: E731

    def ours():
        mask = random.stateless_dropout_mask(SEED, x.shape, rate)
        return random.keep_scaled(x, mask, random.dropout_scale(rate))

    side_by_side(
        f"dropout of {size:,} numbers",
        goals=OTHER_KERNELS,
        work=(0, 2 * x.nbytes),
        check=_all_but_the_last if torch else assert_same,
        minikeras=ours,
        tensorflow=theirs,
        pytorch=torchs,
    )


def _all_but_the_last(*results):
    """PyTorch has another generator: its numbers are compared with nothing."""
    assert_same(*results[:-1])
