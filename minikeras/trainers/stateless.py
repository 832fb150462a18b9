"""`StatelessLoss`: the loss of a model as a function of its variables."""

from minikeras.autodiff.stateless_scope import temporary_values


class StatelessLoss:
    """Mixin of `Trainer`."""

    def stateless_compute_loss(
        self,
        trainable_variables,
        non_trainable_variables,
        metrics_variables,
        x=None,
        y=None,
        y_pred=None,
        sample_weight=None,
        training=True,
    ):
        """`compute_loss` with other values for the model's variables and metrics, changing none.

        Returns:
            (loss, (trainable_variables, non_trainable_variables, metrics_variables)) with the values afterwards.
        """
        own = (self.trainable_variables, self.non_trainable_variables, self.metrics_variables)
        given = (trainable_variables, non_trainable_variables, metrics_variables)
        with temporary_values([v for group in own for v in group], [value for group in given for value in group]):
            loss = self._compute_loss(x, y, y_pred, sample_weight, training=training)
            after = tuple([variable.handle for variable in group] for group in own)
        return loss, after
