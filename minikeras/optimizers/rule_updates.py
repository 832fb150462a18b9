"""`RuleUpdates`: how an optimizer changes its variables by its formula, one by one or all together."""

from itertools import compress

import numpy as np

from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.tensor import Tensor
from minikeras.extension_dtypes import is_extension
from minikeras.optimizers.fused_update import fusible, update_fused
from minikeras.optimizers.gradients import as_gradient, total


def takes_rows(update_step):
    """Decorator for an `update_step` that handles `IndexedSlices`; others get the rows summed into one Tensor."""
    update_step.takes_rows = True
    return update_step


class RuleUpdates:
    """Mixin of `Optimizer`: `update_step` and the formula that it applies."""

    rule = None  # the formula: an `UpdateRule`, or what is used like one
    _waiting = None  # in a step: gradients and variables to update together

    @takes_rows
    def update_step(self, gradient, variable, learning_rate):
        """Change one variable by the optimizer's formula: w, *slots ← rule(w, gradient, *slots, *scalars).

        An optimizer of your own defines this, or has a `rule`. In a step of `apply` the variables that can are changed
        together, in one compiled pass after the last of them; under a debugger each is changed here.

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
        """`rule_scalars` for the step to come and this learning rate, a NumPy scalar of the variables' dtype."""
        return self.rule_scalars(learning_rate, type(learning_rate)(int(self.iterations) + 1))

    def apply_rule(self, rule, gradient, variable, slots, scalars):
        """Change one variable and its slots by a rule, given its gradient: a Tensor, an array, or rows."""
        gradient = as_gradient(gradient, variable)
        w, *slots = [own.writable_array() for own in (variable, *slots)]
        if isinstance(gradient, IndexedSlices) and is_extension(w.dtype):
            gradient = gradient.to_dense()
        if isinstance(gradient, IndexedSlices):
            rule.update_rows(gradient.indices, gradient.values, (w, *slots), scalars)
        elif is_extension(w.dtype):
            _apply_widened(rule, (w, *slots), gradient, scalars)
        else:
            rule(w, gradient, *slots, *scalars)

    def once_per_step(self, compute, learning_rate, variable):
        """`compute(learning_rate, step)`, step = 1, 2, …: computed once for all variables of one dtype in one step.

        Both arguments are NumPy scalars of the variable's dtype, so that the result has the rounding that Keras's
        tensors have.
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
        """What changes once in a step, before the variables do."""


def _apply_widened(rule, state, gradient, scalars):
    """A rule for bfloat16, in float32: the new values are rounded once."""
    wide = [array.astype(np.float32) for array in state]
    rule(wide[0], gradient.astype(np.float32), *wide[1:], *map(np.float32, scalars))
    for array, new in zip(state, wide, strict=True):
        array[...] = new.astype(array.dtype)


def _chosen(chosen, *lists):
    """Of each list the items for which `chosen` is true."""
    return [list(compress(items, chosen)) for items in lists]


_update_step = RuleUpdates.update_step


def follows_rule(optimizer):
    """Whether an optimizer changes its variables by its `rule` alone: neither it nor its class has an `update_step`.

    One that a subclass or a patch defines is called for each variable, on every path.
    """
    return optimizer.rule is not None and getattr(optimizer.update_step, "__func__", None) is _update_step
