"""`RuleUpdates`: the update of an optimizer's variables by its formula, one by one or all together."""

from itertools import compress

import numpy as np

from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.tensor import Tensor
from minikeras.base import extension_dtypes
from minikeras.base.extension_dtypes import is_extension
from minikeras.optimizers.fused_update import fusible, update_fused
from minikeras.optimizers.gradients import as_gradient, as_gradients, total


def takes_rows(update_step):
    """Decorator that marks an `update_step` that handles `IndexedSlices`; others get the rows summed in one Tensor."""
    update_step.takes_rows = True
    return update_step


class RuleUpdates:
    """Mixin of `Optimizer`: `update_step` and the formula that it applies."""

    rule = None  # the formula: an `UpdateRule`, or an object with the same interface
    _waiting = None  # in a step: gradients and variables to update together

    @takes_rows
    def update_step(self, gradient, variable, learning_rate):
        """Change one variable by the optimizer's formula: w, *slots ← rule(w, gradient, *slots, *scalars).

        A custom optimizer overrides this, or defines a `rule`. In a step of `apply`, variables that allow it are
        changed together, in one compiled pass after the last of them; under a debugger each is changed here.

        Args:
            gradient: Tensor of the variable's shape and dtype.
            variable: the model's Variable, changed by `self.assign…(variable, …)`.
            learning_rate: scalar Variable or Tensor.
        """
        if self._waiting is not None:
            gradients, variables = self._waiting
            gradients.append(gradient)
            variables.append(variable)
            return
        if self.rule is None:
            raise NotImplementedError(f"{type(self).__name__} must implement `update_step`, or have a `rule`.")
        i = self._get_variable_index(variable)
        slots = [kind[i] for kind in self.rule_slots()]
        scalars = self.once_per_step(self.rule_scalars, learning_rate, variable)
        self.apply_rule(self.rule, gradient, variable, slots, scalars)

    def rule_slots(self):
        """The lists of slots that `rule` takes, in its order; each holds one Variable per model variable."""
        return ()

    def rule_scalars(self, learning_rate, step):
        """The scalars that `rule` takes. The arguments are NumPy scalars of the variable's dtype; step = 1, 2, …"""
        return ()

    def rule_scalars_now(self, learning_rate):
        """`rule_scalars` for the coming step and this learning rate, a NumPy scalar of the variables' dtype."""
        return self.rule_scalars(learning_rate, type(learning_rate)(int(self.iterations) + 1))

    def apply_rule(self, rule, gradient, variable, slots, scalars):
        """Change one variable and its slots by a rule; the gradient is a Tensor, an array, or rows."""
        gradient = as_gradient(gradient, variable)
        w, *slots = [own.writable_array() for own in (variable, *slots)]
        if is_extension(w.dtype):
            _apply_widened(rule, (w, *slots), gradient, scalars)
        elif isinstance(gradient, IndexedSlices):
            rule.update_rows(gradient.indices, gradient.values, (w, *slots), scalars)
        else:
            rule(w, gradient, *slots, *scalars)

    def once_per_step(self, compute, learning_rate, variable):
        """`compute(learning_rate, step)`, step = 1, 2, …: computed once for all variables of one dtype in one step.

        Both arguments are NumPy scalars of the variable's dtype, so that the result is rounded like Keras's tensors.
        """
        real = variable.array.dtype.type
        key = (compute.__name__, real, float(learning_rate), self._iterations.array.item())
        if key not in self._per_step:
            self._per_step.clear()
            self._per_step[key] = compute(real(float(learning_rate)), real(int(self.iterations) + 1))
        return self._per_step[key]

    # --- all variables ---------------------------------------------------------------------------------------------

    def _update_variables(self, gradients, variables, learning_rate):
        self._per_step.clear()
        self._begin_step()
        if extension_dtypes.in_use:
            gradients = as_gradients(gradients, variables)  # clipping and scaling leave bfloat16 as float32
        together = fusible(self, gradients) if follows_rule(self) else None
        if together is None:
            self._update_one_by_one(gradients, variables, learning_rate)
        elif all(together):
            self._update_together(gradients, variables, learning_rate)
        else:
            alone = [not fits for fits in together]
            self._update_together(*_chosen(together, gradients, variables), learning_rate)
            self._update_one_by_one(*_chosen(alone, gradients, variables), learning_rate)

    def _update_together(self, gradients, variables, learning_rate):
        update_step = self.update_step
        self.__dict__["_waiting"] = waiting = [], []  # `__setattr__` would look for Variables in it
        try:
            for gradient, variable in zip(gradients, variables, strict=True):
                update_step(gradient, variable, learning_rate)
        finally:
            del self.__dict__["_waiting"]
        if not update_fused(self, *waiting, learning_rate):
            self._update_one_by_one(gradients, variables, learning_rate)

    def _update_one_by_one(self, gradients, variables, learning_rate):
        self._apply_weight_decay(variables)
        takes_rows = getattr(self.update_step, "takes_rows", False)
        for gradient, variable in zip(gradients, variables, strict=True):
            self.update_step(gradient if takes_rows else Tensor(total(gradient)), variable, learning_rate)

    def _begin_step(self):
        """Hook that runs once per step, before the variables change."""


def _apply_widened(rule, state, gradient, scalars):
    """Apply a rule to bfloat16 variables in float32, so that the new values are rounded only once."""
    wide = [array.astype(np.float32) for array in state]
    scalars = [np.float32(scalar) for scalar in scalars]
    if isinstance(gradient, IndexedSlices):
        rule.update_rows(gradient.indices, gradient.values.astype(np.float32), wide, scalars)
    else:
        rule(wide[0], gradient.astype(np.float32), *wide[1:], *scalars)
    for array, new in zip(state, wide, strict=True):
        array[...] = new.astype(array.dtype)


def _chosen(chosen, *lists):
    """The items of each list for which `chosen` is true."""
    return [list(compress(items, chosen)) for items in lists]


_update_step = RuleUpdates.update_step


def follows_rule(optimizer):
    """Whether an optimizer changes its variables by its `rule` alone: `update_step` is not overridden.

    An `update_step` that a subclass or a patch defines is called for each variable, on every path.
    """
    return optimizer.rule is not None and getattr(optimizer.update_step, "__func__", None) is _update_step
