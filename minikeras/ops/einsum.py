"""`einsum`: sums of products of tensors, with the axes named by letters.

    einsum("bij,bjk->bik", a, b)      y[b, i, k] = Σ_j a[b, i, j] · b[b, j, k]

Every letter is an axis. Those after `->` stay, in that order; all others are summed over. `...` stands for axes without
names, which broadcast. A letter that occurs twice in one operand takes its diagonal.

Operands are contracted in pairs, each as one matrix product: `np.einsum` itself would compute products of stacks of
matrices, as in attention, without BLAS.
"""

import string
from functools import lru_cache
from math import prod

import numpy as np

from minikeras.autodiff.dtypes import result_type
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import BroadcastTo, Reshape, broadcast_shapes, unbroadcast
from minikeras.ops.core import convert_to_tensor


class Contraction(Op):
    """y[output labels] = Σ Π operands, over all labels that are not in the output.

    Each dx is a contraction of dy with the other operands.

    Args:
        input_labels: for each operand a tuple with one label (any hashable) per axis.
        output_labels: tuple of labels, no two alike.
    """

    keeps = ("inputs",)

    def __init__(self, input_labels, output_labels):
        self.input_labels = input_labels
        self.output_labels = output_labels

    def labels(self, shapes):
        """Labels of the operands and of the output."""
        return self.input_labels, self.output_labels

    def forward(self, *arrays):
        inputs, output = self.labels([x.shape for x in arrays])
        label_sizes(inputs, [x.shape for x in arrays])  # raises if two lengths of one label differ
        dtype = contraction_dtype(*arrays)
        return contract([np.asarray(x, dtype) for x in arrays], list(inputs), output)

    def backward(self, call, dy):
        inputs, output = self.labels(call.input_shapes)
        sizes = label_sizes(inputs, call.input_shapes)
        return tuple(
            self._gradient(i, call, dy, inputs, output, sizes) if wanted else None
            for i, wanted in enumerate(call.needs_gradient)
        )

    @staticmethod
    def _gradient(i, call, dy, inputs, output, sizes):
        others = [k for k in range(len(inputs)) if k != i]
        distinct = tuple(dict.fromkeys(inputs[i]))
        elsewhere = {*output, *[label for k in others for label in inputs[k]]}
        found = tuple(label for label in distinct if label in elsewhere)
        g = Contraction((output, *[inputs[k] for k in others]), found).of(dy, *[call.inputs[k] for k in others])
        # labels summed in this operand alone: the gradient is broadcast
        own_sizes = dict(zip(inputs[i], call.input_shapes[i], strict=True))
        if found != distinct:
            g = Reshape(tuple(sizes[label] if label in elsewhere else 1 for label in distinct)).of(g)
            g = BroadcastTo([sizes[label] if label in elsewhere else own_sizes[label] for label in distinct]).of(g)
        g = unbroadcast(g, tuple(own_sizes[label] for label in distinct))  # sizes of 1 that were broadcast
        return g if distinct == inputs[i] else PutDiagonals(inputs[i], distinct, call.input_shapes[i]).of(g)

    def multiplications(self, shapes, output_shape):
        if len(shapes) != 2:  # of more operands the order of the products decides
            return 0
        return prod(label_sizes(self.labels(shapes)[0], shapes).values())

    def elementary_operations(self, shapes, output_shape):
        return 0 if len(shapes) == 2 else prod(shapes[0]) if len(shapes) == 1 else None

    def output_shape(self, *shapes):
        inputs, output = self.labels(shapes)
        sizes = label_sizes(inputs, shapes, strict=False)
        return tuple(sizes[label] for label in output)

    def output_dtype(self, *inputs):
        return contraction_dtype(*inputs)


class Einsum(Contraction):
    """A contraction written as a string, for example "ij,jk->ik"."""

    def __init__(self, subscripts):
        self.subscripts = subscripts

    def labels(self, shapes):
        return parse(self.subscripts, tuple(len(shape) for shape in shapes))


class PutDiagonals(Op):
    """Zeros with x on the diagonals of the axes that share a label: the gradient of reading a diagonal.

    Args:
        labels: of the result's axes, some of them alike.
        distinct: of x's axes, all different.
        shape: of the result.
    """

    keeps = ()

    def __init__(self, labels, distinct, shape):
        self.labels = labels
        self.distinct = distinct
        self.shape = shape

    def forward(self, x):
        y = np.zeros(self.shape, x.dtype)
        diagonals(y, self.labels, self.distinct)[...] = x
        return y

    def backward(self, call, dy):
        return (Contraction((self.labels,), self.distinct).of(dy),)


def einsum(subscripts, *operands, **kwargs):
    """Sums of products of tensors, with the axes named by letters: "ij,jk->ik" is the product of two matrices.

    Args:
        subscripts: letters for the axes of each operand, and after "->" those of the result. Without "->" the result
            has the letters that occur once, in alphabetical order.
        operands: tensors.
        kwargs: only `optimize`, which NumPy and TensorFlow take to choose the order of the products. It does not change
            the result, and the order is always chosen here.

    Raises:
        ValueError: the letters do not fit the operands.
        TypeError: `subscripts` is not text.
    """
    if not isinstance(subscripts, str):
        raise TypeError(f"`subscripts` must be text such as 'ij,jk->ik'. Received: {subscripts!r}")
    unknown = set(kwargs) - {"optimize"}
    if unknown:
        raise TypeError(f"`einsum` got unknown arguments: {sorted(unknown)}")
    return Einsum(subscripts)(*[convert_to_tensor(x) if isinstance(x, (bool, int, float)) else x for x in operands])


@lru_cache(maxsize=256)
def parse(subscripts, ranks):
    """The labels of each operand and of the output: letters, and integers for the axes that `...` stands for."""
    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks):
        raise ValueError(
            f"`subscripts` names {len(terms)} operands. Received: {subscripts!r} and {len(ranks)} operands."
        )
    hidden = [rank - len(term.replace("...", "")) for term, rank in zip(terms, ranks, strict=True)]
    most = max(hidden)
    inputs = []
    for term, rank, count in zip(terms, ranks, hidden, strict=True):
        if count < 0 or (count and "..." not in term):
            raise ValueError(
                f"{term!r} in `subscripts` does not fit an operand with {rank} axes. Received: {subscripts!r}"
            )
        inputs.append(_labels_of(term, range(most - count, most), subscripts))
    if arrow:
        output = _labels_of(right, range(most), subscripts)
    else:
        letters = [label for labels in inputs for label in labels if isinstance(label, str)]
        output = (*range(most), *sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    known = {label for labels in inputs for label in labels}
    if len(set(output)) < len(output) or not known.issuperset(output):
        raise ValueError(
            f"Output subscripts must all be different, and present in the input subscripts. Received: {subscripts!r}"
        )
    return tuple(inputs), output


def _labels_of(term, hidden, subscripts):
    before, dots, after = term.partition("...")
    if not set(before + after) <= set(string.ascii_letters):
        raise ValueError(f"`subscripts` consists of letters, ',', '...' and '->'. Received: {subscripts!r}")
    return (*before, *(hidden if dots else ()), *after)


def label_sizes(inputs, shapes, strict=True):
    """{label: length}; lengths of 1 broadcast for the axes that `...` stands for.

    Without `strict`, of two lengths of one label the first counts, as in Keras's inference of shapes.
    """
    sizes = {}
    for labels, shape in zip(inputs, shapes, strict=True):
        for label, length in zip(labels, shape, strict=True):
            known = sizes.setdefault(label, length)
            if known == length:
                continue
            if isinstance(label, int):
                sizes[label] = broadcast_shapes((known,), (length,))[0]
            elif length is None:
                continue
            elif known is None:
                sizes[label] = length
            elif strict:
                raise ValueError(f"Axis {label!r} has the length {known} in one operand and {length} in another.")
    return sizes


def contraction_dtype(*inputs):
    """The common dtype of the operands; int8 alone is summed as int32."""
    dtypes = [x.dtype for x in inputs]
    return "int32" if all(dtype == "int8" for dtype in dtypes) else result_type(*dtypes)


def diagonals(x, labels, distinct):
    """A view of x with one axis per distinct label: the diagonal of the axes that share one."""
    numbers = {label: i for i, label in enumerate(distinct)}
    return np.einsum(x, [numbers[label] for label in labels], [numbers[label] for label in distinct])


def contract(arrays, inputs, output):
    """Σ Π arrays, by products of pairs, those first whose product is smallest."""
    for i, (x, labels) in enumerate(zip(arrays, inputs, strict=True)):
        distinct = tuple(dict.fromkeys(labels))
        if distinct != labels:
            arrays[i], inputs[i] = diagonals(x, labels, distinct), distinct
    while len(arrays) > 1:
        i, j = (0, 1) if len(arrays) == 2 else _smallest_product(arrays, inputs, output)
        y, x = arrays.pop(j), arrays.pop(i)
        y_labels, x_labels = inputs.pop(j), inputs.pop(i)
        needed = {*output, *[label for labels in inputs for label in labels]}
        product, labels = contract_pair(x, x_labels, y, y_labels, needed)
        arrays.append(product)
        inputs.append(labels)
    x, labels = sum_out(arrays[0], inputs[0], set(output))
    return x.transpose([labels.index(label) for label in output])


def _smallest_product(arrays, inputs, output):
    def size(pair):
        i, j = pair
        rest = {*output, *[label for k, labels in enumerate(inputs) if k not in pair for label in labels]}
        sizes = {
            **dict(zip(inputs[i], arrays[i].shape, strict=True)),
            **dict(zip(inputs[j], arrays[j].shape, strict=True)),
        }
        return prod([n for label, n in sizes.items() if label in rest])

    return min(((i, j) for j in range(len(arrays)) for i in range(j)), key=size)


def sum_out(x, labels, needed):
    """x summed over the axes whose labels are not needed, and the labels that are left."""
    axes = tuple(i for i, label in enumerate(labels) if label not in needed)
    if not axes:
        return x, labels
    return x.sum(axis=axes, dtype=x.dtype), tuple(label for label in labels if label in needed)


def contract_pair(x, x_labels, y, y_labels, needed):
    """Σ x · y over the labels that are not needed, as one (stacked) matrix product, and the labels of its axes."""
    x, x_labels = sum_out(x, x_labels, needed.union(y_labels))
    y, y_labels = sum_out(y, y_labels, needed.union(x_labels))
    batch = [label for label in x_labels if label in y_labels and label in needed]
    summed = [label for label in x_labels if label in y_labels and label not in needed]
    rows = [label for label in x_labels if label not in y_labels]
    columns = [label for label in y_labels if label not in x_labels]
    sizes = {**dict(zip(x_labels, x.shape, strict=True))}
    for label, length in zip(y_labels, y.shape, strict=True):
        if sizes.get(label, 1) == 1:  # a length of 1 broadcasts
            sizes[label] = length
    x = _as_matrices(x, x_labels, (batch, rows, summed), sizes)
    y = _as_matrices(y, y_labels, (batch, summed, columns), sizes)
    product = np.matmul(x, y) if summed else x * y
    labels = (*batch, *rows, *columns)
    return product.reshape([sizes[label] for label in labels]), labels


def _as_matrices(x, labels, groups, sizes):
    """x with its axes in three groups, each merged into one axis."""
    order = [label for group in groups for label in group]
    x = x.transpose([labels.index(label) for label in order])
    full = [sizes[label] for label in order]
    if x.shape != tuple(full):
        x = np.broadcast_to(x, full)
    return x.reshape([prod([sizes[label] for label in group]) for group in groups])
