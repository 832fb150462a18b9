"""Adafactor's step (Shazeer and Stern, 2018): a matrix of second moments kept as a number per row and per column.

    r ← β·r + (1 − β)·mean of (g² + ε₁) over columns,   c ← β·c + (1 − β)·mean of (g² + ε₁) over rows
    v = r·c / mean(r)                                   (of a vector: v ← β·v + (1 − β)·(g² + ε₁))
    u = g / √v,   w ← w − scale · u                     (the scale is made as in `scaled_rule.py`)

Arrays with more than two axes are stacks of matrices. Some rows of a matrix, about 16384 numbers, are one task's work,
a chunk; so is a piece of a vector. Sums over rows are made per chunk, and those of a matrix's chunks added in order.
"""

import math

import numpy as np

from minikeras.kernels.addresses import floats_at, tuple_of
from minikeras.kernels.memory import address_of
from minikeras.kernels.optimizer_jobs import LENGTH, PIECE, Table, add_up, sum_of_squares
from minikeras.kernels.registry import Subroutine, subroutine
from minikeras.kernels.scaled_rule import STEP, second_pass
from minikeras.kernels.tasks import floats, integers, task_kernel
from minikeras.kernels.update_rule import weights_of, with_globals

R, C, V, PART, MEAN, ROWS, COLUMNS = range(2, 9)  # columns of the table of chunks, after the addresses of w and g


def adafactor_direction(g, r, c, v, beta, one_minus_beta, epsilon_1):
    """u, after r, c and v were changed (see the module's head)."""
    squares = g * g + epsilon_1
    if g.ndim < 2:
        np.copyto(v, v * beta + squares * one_minus_beta)
    else:
        np.copyto(r, r * beta + np.mean(squares, axis=-1) * one_minus_beta)
        np.copyto(c, c * beta + np.mean(squares, axis=-2) * one_minus_beta)
        share = r / np.mean(r, axis=-1, keepdims=True)
        np.multiply(share[..., np.newaxis], c[..., np.newaxis, :], out=v)
    return g / np.sqrt(v)


def adafactor_scale(w_size, u_size, rho, epsilon_2, clip_threshold):
    """ρ·max(ε₂, RMS(w)) / max(1, RMS(u) / clip_threshold)."""
    return np.maximum(epsilon_2, w_size) * rho / (np.maximum(clip_threshold, u_size) / clip_threshold)


class AdafactorRule:
    """The step for one variable (call it), and as jobs for many: used as an `UpdateRule` is."""

    name = "adafactor"
    slots = 3
    numbers = ("beta", "one_minus_beta", "epsilon_1", "rho", "epsilon_2", "clip_threshold")

    def __call__(self, variable, gradient, r, c, v, *numbers):
        """Change one variable and its slots r, c, v, in its dtype. Vectors need no r and c: what stands there stays."""
        numbers = [variable.dtype.type(number) for number in numbers]
        u = adafactor_direction(gradient, r, c, v, *numbers[:3])
        sizes = [np.sqrt(np.mean(np.square(array))) for array in (variable, u)]
        variable -= adafactor_scale(*sizes, *numbers[3:]) * u

    def jobs(self, shapes, decaying):
        """The jobs of one step for variables of these shapes, as `UpdateJobs` are."""
        return AdafactorJobs(self, shapes, decaying)


class AdafactorJobs:
    """The jobs of one step of Adafactor; see `UpdateJobs`.

    One table is of chunks; its columns are named above. The other is of matrices: (address of r, of c, rows, columns,
    address of the chunks' sums, number of chunks, address of the mean of r).
    """

    def __init__(self, rule, shapes, decaying):
        self.numbers = np.zeros(len(rule.numbers) + 2, np.float32)
        self._owned = []  # arrays that the tables know by address only
        chunks, matrices = [], []
        for i, shape in enumerate(shapes):
            u = self._own(math.prod(shape))
            if len(shape) > 1 and u.size:
                self._cut_matrices(i, shape, u, decaying[i], chunks, matrices)
                continue
            for first in range(0, u.size, PIECE):
                length = min(PIECE, u.size - first)
                rest = 0, 0, 0, length, address_of(u) + 4 * first, length, decaying[i]
                chunks.append((i, (first, first, 0, 0, first), rest))
        self._chunks, self._matrices = Table(chunks, V + 1), Table(matrices, 2)
        table, of_matrices = self._chunks.rows, self._matrices.rows
        sums, totals = (np.zeros((len(table), 3), np.float32) for _ in range(2))
        self.jobs = [
            row_and_column_sums.job(len(table), table, self.numbers),
            columns_of_matrices.job(len(of_matrices), of_matrices, self.numbers),
            directions.job(len(table), table, sums, self.numbers),
            add_up.job(1, self._chunks.spans, sums, totals),
            adafactor_steps.job(len(table), table, totals, self.numbers),
        ]
        self.jobs[0].holds = tuple(self._owned)

    def fill(self, addresses):
        """Set where the arrays lie: for each variable the addresses of its own, its gradient's, and of r, c and v."""
        self._chunks.fill(addresses)
        self._matrices.fill([own[R : C + 1] for own in addresses])

    def _cut_matrices(self, i, shape, u, decays, chunks, matrices):
        """Append the rows of the tables for one variable."""
        *_, rows, columns = shape
        most = max(1, PIECE // columns)  # rows of a chunk
        for matrix in range(math.prod(shape[:-2])):
            starts = range(0, rows, most)
            sums, mean = self._own((len(starts), columns)), self._own(1)
            about = rows, columns, address_of(sums), len(starts), address_of(mean)
            matrices.append((i, (matrix * rows, matrix * columns), about))
            for k, start in enumerate(starts):
                row, count = matrix * rows + start, min(most, rows - start)
                first = row * columns
                about = address_of(sums[k]), address_of(mean), count, columns
                end = address_of(u) + 4 * first, count * columns, decays
                chunks.append((i, (first, first, row, matrix * columns, first), (*about, *end)))

    def _own(self, shape):
        self._owned.append(np.zeros(shape, np.float32))
        return self._owned[-1]


# --- the passes -------------------------------------------------------------------------------------------------------


@subroutine(fastmath={"reassoc"})  # sums along a row sixteen at a time, which is also more exact
def add_squares(g, epsilon, column_sums):
    """Σ (g² + ε) of a row, each also added to its column's sum."""
    total = np.float32(0)
    for j in range(g.size):
        square = g[j] * g[j] + epsilon
        column_sums[j] += square
        total += square
    return total


@task_kernel
def row_and_column_sums(task, chunks: integers(2), numbers: floats(1)):
    """r of the rows of one chunk of a matrix, and its sums over rows."""
    chunk = chunks[task]
    rows, columns = chunk[ROWS], chunk[COLUMNS]
    beta, one_minus_beta, epsilon = numbers[0], numbers[1], numbers[2]
    if rows == 0:
        return
    r, column_sums = floats_at(chunk[R], rows), floats_at(chunk[PART], columns)
    for j in range(columns):
        column_sums[j] = 0
    for i in range(rows):
        g = floats_at(chunk[1] + 4 * i * columns, columns)
        mean = add_squares(g, epsilon, column_sums) / np.float32(columns)
        r[i] = r[i] * beta + mean * one_minus_beta


@task_kernel
def columns_of_matrices(task, matrices: integers(2), numbers: floats(1)):
    """c of one matrix, and the mean of its r."""
    r_address, c_address, rows, columns, sums_address, chunks, mean_address = tuple_of(matrices[task], 7)
    beta, one_minus_beta = numbers[0], numbers[1]
    c, sums = floats_at(c_address, columns), floats_at(sums_address, columns)
    for k in range(1, chunks):
        more = floats_at(sums_address + 4 * k * columns, columns)
        for j in range(columns):
            sums[j] += more[j]
    for j in range(columns):
        c[j] = c[j] * beta + sums[j] / np.float32(rows) * one_minus_beta
    floats_at(mean_address, 1)[0] = sum_of(floats_at(r_address, rows)) / np.float32(rows)


@subroutine(fastmath={"reassoc"})
def sum_of(x):
    """Σ x."""
    total = np.float32(0)
    for i in range(x.size):
        total += x[i]
    return total


@task_kernel
def directions(task, chunks: integers(2), sums: floats(2), numbers: floats(1)):
    """Decay, v and u of one chunk; Σ w², Σ u² and how many there are."""
    chunk = chunks[task]
    rows, columns, length = chunk[ROWS], chunk[COLUMNS], chunk[LENGTH]
    beta, one_minus_beta, epsilon = numbers[0], numbers[1], numbers[2]
    w = weights_of(chunk, numbers[6], numbers[7])
    if rows == 0:
        g, v, u = floats_at(chunk[1], length), floats_at(chunk[V], length), floats_at(chunk[STEP], length)
        for j in range(length):
            v_j = v[j] * beta + (g[j] * g[j] + epsilon) * one_minus_beta
            v[j] = v_j
            u[j] = g[j] / np.sqrt(v_j)
    else:
        r, c, mean = floats_at(chunk[R], rows), floats_at(chunk[C], columns), floats_at(chunk[MEAN], 1)[0]
        for i in range(rows):
            start = 4 * i * columns
            g, v = floats_at(chunk[1] + start, columns), floats_at(chunk[V] + start, columns)
            u = floats_at(chunk[STEP] + start, columns)
            share = r[i] / mean
            for j in range(columns):
                v_j = share * c[j]
                v[j] = v_j
                u[j] = g[j] / np.sqrt(v_j)
    u = floats_at(chunk[STEP], length)
    sums[task, 0], sums[task, 1], sums[task, 2] = sum_of_squares(w), sum_of_squares(u), length


adafactor_steps = task_kernel(
    with_globals(second_pass, "adafactor_steps", __name__, scale=Subroutine(adafactor_scale), count=3, count_of_scale=3)
)
adafactor = AdafactorRule()
