"""`StatelessUpdates`: a step of an optimizer on given values, as a function without side effects."""

from minikeras.autodiff.stateless_scope import temporary_values


class StatelessUpdates:
    """Mixin of `Optimizer`: `stateless_apply`."""

    def stateless_apply(self, optimizer_variables, grads, trainable_variables):
        """One step on given values instead of on the Variables, which do not change.

        Args:
            optimizer_variables: values for `optimizer.variables`.
            grads: gradients.
            trainable_variables: values of the variables that the optimizer was built with.

        Returns:
            (new values of the trainable variables, new values of the optimizer's variables): two lists of Tensors.
            (Keras on TensorFlow does not support this method; here it does what Keras does on JAX.)
        """
        if not self.built:
            raise ValueError(
                f"{type(self).__name__} is not built, so `stateless_apply` has no variables to work on. Call "
                "`optimizer.build(trainable_variables)` first."
            )
        state = [*self._trainable_variables, *self.variables]
        values = [*trainable_variables, *optimizer_variables]
        count = len(self._trainable_variables)
        if len(trainable_variables) != count or len(values) != len(state):
            raise ValueError(
                f"`stateless_apply` needs one value per variable: {count} trainable and {len(state) - count} optimizer "
                f"variables. Received: {len(trainable_variables)} and {len(optimizer_variables)}."
            )
        with temporary_values(state, values):
            self.apply(grads)
            after = [variable.handle for variable in state]
        return after[:count], after[count:]
