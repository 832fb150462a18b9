"""Jobs for masks: comparisons, logic, and selects by a mask."""

from functools import partial

import numpy as np

from minikeras.autodiff.elementwise_lowering import ByJobs, constant_number, elementwise, filled
from minikeras.autodiff.lowering import OpLowering, float32_of_one_shape
from minikeras.kernels.select_jobs import (
    EQUAL,
    LESS,
    NOT_EQUAL,
    XOR,
    compare_integers_jobs,
    compare_jobs,
    equal_jobs,
    greater_jobs,
    less_jobs,
    logic_jobs,
    mask_jobs,
    select_jobs,
    select_rows_jobs,
)

FLOAT, BOOL = np.float32, np.bool_


class OfRelation(OpLowering):
    """The mask of a relation between two operands, floats or int32. Tokens, int64, are compared with a number.

    Args:
        relation: LESS, LESS_EQUAL, EQUAL or NOT_EQUAL.
        swaps: whether the operands are exchanged, so that > is <.
    """

    def __init__(self, relation, swaps=False):
        self.relation = relation
        self.swaps = swaps

    def forward(self, op, inputs, outputs):
        makers = {np.float32: self._of_floats, np.int32: self._of_integers}
        if self.relation in (EQUAL, NOT_EQUAL) and constant_number(inputs[1], np.int64) is not None:
            makers[np.int64] = self._of_integers
        ways = [elementwise(make, inputs, outputs[0], (dtype, dtype, BOOL)) for dtype, make in makers.items()]
        jobs = next((way for way in ways if way), None)
        return jobs and (lambda inputs, outputs: jobs(inputs, outputs[0]))

    def _of_floats(self, a, b, mask):
        if type(b) is not float or self.relation in (EQUAL, NOT_EQUAL):
            return self._of_vectors(compare_jobs, a, b, mask)
        make_jobs = greater_jobs if self.swaps else less_jobs
        return make_jobs(a, b, mask, self.relation != LESS)

    def _of_integers(self, a, b, mask):
        if type(b) is float and self.relation in (EQUAL, NOT_EQUAL):
            return equal_jobs(a, b, mask, self.relation == EQUAL)
        return self._of_vectors(compare_integers_jobs, a, b, mask)

    def _of_vectors(self, make_jobs, a, b, mask):
        a, b = filled(a, b), filled(b, a)
        return make_jobs(*((b, a) if self.swaps else (a, b)), mask, self.relation)


def of_logic(operation):
    """And, or, exclusive or of two masks."""

    def jobs(a, b, y):
        return logic_jobs(filled(a, b), filled(b, a), y, operation)

    return ByJobs(jobs, dtypes=(BOOL, BOOL, BOOL), in_place=False)


# "Not" of a mask is its exclusive or with true.
NOT = ByJobs(lambda x, y: logic_jobs(x, np.ones_like(x), y, XOR), dtypes=(BOOL, BOOL), in_place=False)


class OfSelect(ByJobs):
    """Elements of two operands, selected by a mask;   dy for the one selected, 0 for the other.

    A mask of rows selects rows of x, or of dy, with a number in place of others.
    """

    def __init__(self):
        gradients = [partial(_masked, where=where) for where in (True, False)]
        dtypes = {"dtypes": (BOOL, FLOAT, FLOAT, FLOAT), "gradient_dtypes": (FLOAT, BOOL, FLOAT)}
        super().__init__(_selected, None, *gradients, **dtypes, in_place=False)

    def forward(self, op, inputs, outputs):
        (mask, x, _), other = inputs, constant_number(inputs[2])
        if other is None or not _is_mask_of_rows(mask, x, outputs[0]):
            return super().forward(op, inputs, outputs)
        return lambda inputs, outputs: _select_rows(inputs[0], inputs[1], other, outputs[0], True)

    def backward(self, op, inputs, outputs, dys, dxs):
        if inputs[0] is None:
            return None
        wanted = [i for i in (1, 2) if dxs[i] is not None]
        if not all(_is_mask_of_rows(inputs[0], dys[0], dxs[i]) for i in wanted):
            return super().backward(op, inputs, outputs, dys, dxs)
        return lambda inputs, outputs, dys, dxs: [
            job for i in wanted for job in _select_rows(inputs[0], dys[0], 0.0, dxs[i], i == 1)
        ]


def _selected(mask, a, b, y):
    return select_jobs(filled(mask, y, np.uint8), filled(a, y), filled(b, y), y)


def _masked(dy, mask, dx, where):
    return mask_jobs(filled(mask, dx, np.uint8), dy, dx, where)


def _is_mask_of_rows(mask, x, y):
    """Whether a mask (…, 1) selects rows of x (…, units) for y."""
    rows = len(y.shape) > 1 and y.shape[-1] > 1 and (*y.shape[:-1], 1)
    return mask.shape == rows and mask.dtype == BOOL and float32_of_one_shape([x, y])


def _select_rows(mask, x, other, y, where):
    """Rows of x where the mask is `where`, a number elsewhere."""
    x, y = (array.reshape(-1, array.shape[-1]) for array in (x, y))
    return select_rows_jobs(mask.reshape(-1).view(np.uint8), x, other, y, where)
