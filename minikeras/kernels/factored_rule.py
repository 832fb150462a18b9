"""`FactoredRule`: an optimizer's step whose second moment of a matrix is kept as a value per row and one per column.

    r ← moved towards the mean of squares over columns,   c ← towards the mean of squares over rows
    v = moment(r, mean(r), c)                      (of a vector: v itself is moved towards the squares)
    u = direction(g, v),   w ← w − scale · u       (the scale comes from root mean squares, as in `scaled_rule.py`)

Arrays with more than two axes are stacks of matrices. One task processes a chunk: some rows of a matrix, about 16384
elements, or part of a vector. Sums over rows are computed per chunk, and a matrix's chunks are added in order.
"""

import math
from functools import cached_property

import numpy as np

from minikeras.kernels.address_table import AddressTable, At
from minikeras.kernels.addresses import floats_at, tuple_of
from minikeras.kernels.embedding import scatter_add_rows
from minikeras.kernels.optimizer_jobs import CHUNK, LENGTH, add_up, spans_of, sum_of_squares
from minikeras.kernels.registry import Subroutine, subroutine
from minikeras.kernels.rule_copies import can_compile, name_and_module, with_globals
from minikeras.kernels.scaled_rule import STEP, second_pass
from minikeras.kernels.tasks import floats, integers, task_kernel
from minikeras.kernels.update_loops import weights_of

R, C, V, PART, MEAN, ROWS, COLUMNS = range(2, 9)  # columns of the table of chunks, after the addresses of w and g
GIVEN = 5  # arrays of a variable: w, g, r, c, v


class FactoredRule:
    """Five formulas and the kernels generated from them, with the interface of an `UpdateRule`.

    Args:
        name: of the module variable that it is assigned to.
        squares: function (g², epsilon_1) -> the values that the moments average.
        moved: function (mean, new, beta, one_minus_beta) -> the mean moved towards the new value.
        moment: function (r, mean of r, c) -> v of a matrix.
        direction: function (g, v) -> u.
        scale: function (root mean square of w, that of u, rho, epsilon_2, clip_threshold) -> scale.

    Attributes:
        chunk_sums, matrix_columns, chunk_directions, chunk_steps: task kernels, the passes over memory.
    """

    slots = 3
    scalars = ("beta", "one_minus_beta", "epsilon_1", "rho", "epsilon_2", "clip_threshold")

    def __init__(self, name, squares, moved, moment, direction, scale):
        self.__doc__ = direction.__doc__
        self.squares, self.moved, self.moment, self.direction, self.scale = squares, moved, moment, direction, scale
        self._formulas = squares, moved, moment, direction, scale
        self.name, module = name_and_module(name, *self._formulas)
        named = {formula: Subroutine(getattr(self, formula)) for formula in ("squares", "moved", "moment", "direction")}
        row_sum = with_globals(add_squares.function, f"{self.name}_add_squares", module, squares=named["squares"])
        named |= {"add_squares": Subroutine(row_sum, fastmath=add_squares.fastmath)}

        def copy(function, **more):
            return task_kernel(with_globals(function, f"{self.name}.{function.__name__}", module, **named, **more))

        self.chunk_sums, self.matrix_columns = copy(chunk_sums), copy(matrix_columns)
        self.chunk_directions = copy(chunk_directions)
        self.second_pass = copy(second_pass, scale=Subroutine(scale), count=3, count_of_scale=3)

    def __call__(self, variable, gradient, *slots_and_scalars):
        """Change one variable and its slots r, c, v, in its dtype. Vectors need no r and c, which stay unchanged."""
        slots, scalars = slots_and_scalars[: self.slots], slots_and_scalars[self.slots :]
        v = self._moments(gradient * gradient, slots, scalars)
        variable -= self._step(variable, self.direction(gradient, v), scalars)

    def update_rows(self, index, values, arrays, scalars):
        """Change a table and its slots, where only some rows were read."""
        table, *slots = arrays
        square = scatter_add_rows(np.zeros_like(table), index, values * values)
        v = self._moments(square, slots, scalars)
        scatter_add_rows(table, index, -self._step(table, self.direction(values, v[index]), scalars))

    def _moments(self, square, slots, scalars):
        """v, after r and c (of a vector only v) were moved towards the squares."""
        r, c, v = slots
        beta, one_minus_beta, epsilon_1 = map(v.dtype.type, scalars[:3])
        squares = self.squares(square, epsilon_1)
        if v.ndim < 2:
            v[...] = self.moved(v, squares, beta, one_minus_beta)
        else:
            r[...] = self.moved(r, np.mean(squares, axis=-1), beta, one_minus_beta)
            c[...] = self.moved(c, np.mean(squares, axis=-2), beta, one_minus_beta)
            mean = np.mean(r, axis=-1, keepdims=True)
            v[...] = self.moment(r[..., np.newaxis], mean[..., np.newaxis], c[..., np.newaxis, :])
        return v

    def _step(self, w, u, scalars):
        """scale · u. Where u has only rows, those that were not read count as zeros in its root mean square."""
        if u.size == 0:
            return u
        u_square = np.mean(np.square(u)) * w.dtype.type(u.size / w.size)
        sizes = np.sqrt(np.mean(np.square(w))), np.sqrt(u_square)
        return self.scale(*sizes, *map(w.dtype.type, scalars[3:])) * u

    @cached_property
    def can_compile(self):
        """Whether the step can be made by jobs."""
        passes = self.chunk_sums, self.matrix_columns, self.chunk_directions, self.second_pass
        return can_compile(self.name, self._formulas, passes)

    def jobs(self, shapes, decaying):
        """The jobs of one step for variables of these shapes, like `UpdateJobs`."""
        return FactoredJobs(self, shapes, decaying)

    def __repr__(self):
        return f"<FactoredRule {self.name}>"


class FactoredJobs:
    """The jobs of one step of a `FactoredRule`; see `UpdateJobs`.

    One table is of chunks; its columns are named above. The other is of matrices: (address of r, of c, rows, columns,
    address of the chunks' sums, number of chunks, address of the mean of r).
    """

    def __init__(self, rule, shapes, decaying):
        self.scalars = np.zeros(len(rule.scalars) + 2, np.float32)
        self._given = len(shapes) * GIVEN
        self._own = []
        chunks, matrices, variables = [], [], []
        for i, shape in enumerate(shapes):
            cut = self._cut_matrices if len(shape) > 1 and 0 not in shape else self._cut_vector
            own_chunks, own_matrices = cut(i, shape, decaying[i])
            chunks += own_chunks
            matrices += own_matrices
            variables += [i] * len(own_chunks)
        self._tables = [AddressTable(rows, self._given, self._own) for rows in (chunks, matrices)]
        table, of_matrices = self._tables
        sums, totals = (np.zeros((len(chunks), 3), np.float32) for _ in range(2))
        self.jobs = [
            rule.chunk_sums.job(len(chunks), table, self.scalars),
            rule.matrix_columns.job(len(matrices), of_matrices, self.scalars),
            rule.chunk_directions.job(len(chunks), table, sums, self.scalars),
            add_up.job(1, spans_of(variables), sums, totals),
            rule.second_pass.job(len(chunks), table, totals, self.scalars),
        ]

    def point_to(self, arrays):
        """Set the arrays: for each variable w, its gradient, r, c and v."""
        for table in self._tables:
            table.point_to(arrays)

    def _cut_vector(self, i, shape, decays):
        """(the rows of the table of chunks, none of the other) for a variable of few axes, or without elements."""
        w, g, _, _, v = range(i * GIVEN, (i + 1) * GIVEN)
        size = math.prod(shape)
        u, chunks = self._add(size), []
        for first in range(0, size, CHUNK):
            length, start = min(CHUNK, size - first), 4 * first
            chunks.append(
                [At(w, start), At(g, start), 0, 0, At(v, start), 0, 0, 0, length, At(u, start), length, decays]
            )
        return chunks, []

    def _cut_matrices(self, i, shape, decays):
        """(the rows of the table of chunks, those of the table of matrices) for one variable."""
        w, g, r, c, v = range(i * GIVEN, (i + 1) * GIVEN)
        *_, rows, columns = shape
        u, chunks, matrices = self._add(shape), [], []
        most = max(1, CHUNK // columns)  # rows of a chunk
        for matrix in range(math.prod(shape[:-2])):
            starts = range(0, rows, most)
            sums, mean = self._add((len(starts), columns)), At(self._add(1))
            in_c = At(c, 4 * matrix * columns)
            matrices.append([At(r, 4 * matrix * rows), in_c, rows, columns, At(sums), len(starts), mean])
            for k, start in enumerate(starts):
                row, count = matrix * rows + start, min(most, rows - start)
                first, part = 4 * row * columns, At(sums, 4 * k * columns)
                chunk = [At(w, first), At(g, first), At(r, 4 * row), in_c, At(v, first), part, mean, count, columns]
                chunks.append([*chunk, At(u, first), count * columns, decays])
        return chunks, matrices

    def _add(self, shape):
        """The index in the tables of a new array of zeros."""
        self._own.append(np.zeros(shape, np.float32))
        return self._given + len(self._own) - 1


# --- the passes -------------------------------------------------------------------------------------------------------

squares = moved = moment = direction = None  # In the copies made for each rule, these names are bound to its own.


@subroutine(fastmath={"reassoc"})  # sums along a row 16 at a time, which is also more exact
def add_squares(g, epsilon, column_sums):
    """Σ (g² + ε) of a row, each also added to its column's sum."""
    total = np.float32(0)
    for j in range(g.size):
        square = squares(g[j] * g[j], epsilon)
        column_sums[j] += square
        total += square
    return total


def chunk_sums(task, chunks: integers(2), scalars: floats(1)):
    """r of the rows of one chunk of a matrix, and its sums over rows."""
    chunk = chunks[task]
    rows, columns = chunk[ROWS], chunk[COLUMNS]
    beta, one_minus_beta, epsilon = scalars[0], scalars[1], scalars[2]
    if rows == 0:
        return
    r, column_sums = floats_at(chunk[R], rows), floats_at(chunk[PART], columns)
    for j in range(columns):
        column_sums[j] = 0
    for i in range(rows):
        g = floats_at(chunk[1] + 4 * i * columns, columns)
        mean = add_squares(g, epsilon, column_sums) / np.float32(columns)
        r[i] = moved(r[i], mean, beta, one_minus_beta)


def matrix_columns(task, matrices: integers(2), scalars: floats(1)):
    """c of one matrix, and the mean of its r."""
    r_address, c_address, rows, columns, sums_address, chunks, mean_address = tuple_of(matrices[task], 7)
    beta, one_minus_beta = scalars[0], scalars[1]
    c, sums = floats_at(c_address, columns), floats_at(sums_address, columns)
    for k in range(1, chunks):
        more = floats_at(sums_address + 4 * k * columns, columns)
        for j in range(columns):
            sums[j] += more[j]
    for j in range(columns):
        c[j] = moved(c[j], sums[j] / np.float32(rows), beta, one_minus_beta)
    floats_at(mean_address, 1)[0] = sum_of(floats_at(r_address, rows)) / np.float32(rows)


@subroutine(fastmath={"reassoc"})
def sum_of(x):
    """Σ x."""
    total = np.float32(0)
    for i in range(x.size):
        total += x[i]
    return total


def chunk_directions(task, chunks: integers(2), sums: floats(2), scalars: floats(1)):
    """Decay, v and u of one chunk; Σ w², Σ u² and their number of elements."""
    chunk = chunks[task]
    rows, columns, length = chunk[ROWS], chunk[COLUMNS], chunk[LENGTH]
    beta, one_minus_beta, epsilon = scalars[0], scalars[1], scalars[2]
    w = weights_of(chunk, scalars[6], scalars[7])
    if rows == 0:
        g, v, u = floats_at(chunk[1], length), floats_at(chunk[V], length), floats_at(chunk[STEP], length)
        for j in range(length):
            v_j = moved(v[j], squares(g[j] * g[j], epsilon), beta, one_minus_beta)
            v[j] = v_j
            u[j] = direction(g[j], v_j)
    else:
        r, c, mean = floats_at(chunk[R], rows), floats_at(chunk[C], columns), floats_at(chunk[MEAN], 1)[0]
        for i in range(rows):
            start = 4 * i * columns
            g, v = floats_at(chunk[1] + start, columns), floats_at(chunk[V] + start, columns)
            u = floats_at(chunk[STEP] + start, columns)
            for j in range(columns):
                v_j = moment(r[i], mean, c[j])
                v[j] = v_j
                u[j] = direction(g[j], v_j)
    u = floats_at(chunk[STEP], length)
    sums[task, 0], sums[task, 1], sums[task, 2] = sum_of_squares(w), sum_of_squares(u), length
