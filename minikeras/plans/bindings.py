"""Bindings of Variables to the addresses that compiled code uses for their values.

`Variable.assign` gives a Variable another array, and any caller of `variable.value` may keep the present one. So before
each step a plan checks whether its Variables still hold the bound arrays:

- the Variable has a new value (`set_weights`, a callback, a restored checkpoint): the values are copied to the bound
  array, and the Variable holds that array again;
- other code holds the array, and the step would write into it: the Variable moves to a new array, and the jobs are
  relocated (`kernels/relocation.py`).

These checks read Python's reference counts, as in `Variable.writable_array`. All plans share the bindings, and only a
binding holds a Variable's array for them: their jobs have only the address. This is safe: any code that could see a
change holds the Tensor, its array or a view of it, all of which count, and a count that is too high only costs a copy.
Moving all weights in every step instead would make an MLP's step take 1.01 instead of 0.84 ms, a CNN's 14.9 instead of
12.6 (batch 128, two cores of an Intel Xeon of 2.8 GHz).
"""

from itertools import chain
from operator import attrgetter, gt, is_
from sys import getrefcount
from weakref import WeakValueDictionary

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable, tensors_of
from minikeras.kernels.memory import address_of, aligned
from minikeras.kernels.relocation import Relocation

_tensor_of = attrgetter("tensor")
_watched_of = attrgetter("watched")
_address_of = attrgetter("address")


class Binding:
    """A Variable and the address of its values.

    Attributes:
        variable: the Variable.
        tensor: the Tensor that it holds, unless another was assigned.
        address: where its values are.
        watched: the objects through which other code could hold the values: the Tensor, its array, the array's memory.
        changes: how often the values may have changed.
    """

    __slots__ = ("__weakref__", "address", "changes", "tensor", "variable", "watched")

    def __init__(self, variable):
        self.variable = variable
        self.changes = 0
        self.move()

    def move(self):
        """Move the Variable's values to an array of its own, aligned to a cache line."""
        array = self.variable.array
        own = aligned(array.shape, array.dtype)
        np.copyto(own, array)
        self.tensor = Tensor(own)
        self.variable.rebind(self.tensor)
        self.watched = self.tensor, own, own.base
        self.address = address_of(own)

    def copy_value_back(self):
        """Copy a new value of the Variable to the bound array."""
        self.changes += 1
        if any(map(gt, _reference_counts([self]), REFERENCES_WHEN_DROPPED)):
            self.move()
        else:
            self.tensor.array[...] = self.variable.array  # `np.copyto` takes a third longer for single numbers
            self.variable.rebind(self.tensor)


def _reference_counts(bindings):
    """The reference count of each watched object."""
    return list(map(getrefcount, chain.from_iterable(map(_watched_of, bindings))))


# id of a Variable, which its binding keeps alive -> the binding, which lives as long as a plan (or other caller).
_bindings = WeakValueDictionary()


def binding_of(variable):
    """The binding of a Variable, the same for all plans."""
    binding = _bindings.get(id(variable))
    if binding is None:
        binding = _bindings[id(variable)] = Binding(variable)
    return binding


class Bound:
    """The Variables of one plan.

    Args:
        bindings: those that the plan reads or writes.
        written: those that it writes.
        jobs: its jobs. They release the Variables' arrays, so that only bindings count as references to them.
    """

    def __init__(self, bindings, written, jobs):
        self.bindings = bindings
        self.written = written
        self.variables = [binding.variable for binding in bindings]
        self._references_when_alone = REFERENCES_WHEN_ALONE * len(written)
        self._relocation = Relocation(jobs, [binding.tensor.array for binding in bindings])

    def refresh(self):
        """Synchronize Variables and addresses before a step."""
        bindings = self.bindings
        if not all(map(is_, tensors_of(self.variables), map(_tensor_of, bindings))):
            for binding, tensor in zip(bindings, tensors_of(self.variables), strict=True):
                if tensor is not binding.tensor:
                    binding.copy_value_back()
        written = self.written
        if written and _reference_counts(written) != self._references_when_alone:
            for binding in written:
                if _reference_counts([binding]) != REFERENCES_WHEN_ALONE:
                    binding.move()
        addresses = list(map(_address_of, bindings))
        if addresses != self._relocation.addresses:
            self._relocation.move_to(addresses)

    def note_writes(self):
        """Record that the plan has run: the values that it writes have changed."""
        for binding in self.written:
            binding.changes += 1


# The counts when only Variable and Binding hold the values (they differ between Python versions).
REFERENCES_WHEN_ALONE = _reference_counts([Binding(Variable(np.zeros(1), name="alone"))])
REFERENCES_WHEN_DROPPED = [
    REFERENCES_WHEN_ALONE[0] - 1,
    *REFERENCES_WHEN_ALONE[1:],
]  # if the Variable has another Tensor
