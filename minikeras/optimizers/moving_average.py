"""The exponential moving average (EMA) of a model's variables, often a better model than the last step's.

    a₀ = w₀,   a_t = momentum · a_{t−1} + (1 − momentum) · w_t        (Polyak and Juditsky, 1992)

As in Keras, averages are updated before the constraints are applied.
"""


class MovingAverage:
    """The part of `Optimizer` that keeps and uses the averages."""

    def _check_ema_arguments(self):
        if not self.use_ema:
            return
        if not 0 <= self.ema_momentum <= 1:
            raise ValueError(f"`ema_momentum` must be from 0 to 1. Received: ema_momentum={self.ema_momentum}")
        frequency = self.ema_overwrite_frequency
        if frequency and (not isinstance(frequency, int) or frequency < 1):
            raise ValueError(
                "`ema_overwrite_frequency` must be None or a positive integer. "
                f"Received: ema_overwrite_frequency={frequency}"
            )

    def _update_moving_averages(self):
        for variable, average in self._averaged_variables(self._trainable_variables):
            momentum, rest, _ = self._scalars_of_averages(variable.array.dtype.type)
            average.assign(momentum * average.array + rest * variable.array)
        if self._scalars_of_averages(float)[-1]:
            self._overwrite_model_variables_with_average_value(self._trainable_variables)

    def _scalars_of_averages(self, real):
        """momentum, 1 − momentum, and whether this step (not counted yet) sets the variables to their averages."""
        updates_before = int(self.iterations)
        momentum = real(self.ema_momentum if updates_before else 0)  # the first average is the variable itself
        frequency = self.ema_overwrite_frequency
        return momentum, 1 - momentum, bool(frequency) and (updates_before + 1) % frequency == 0

    def _averaged_variables(self, variables):
        if len(variables) != len(self._model_variables_moving_average):
            raise ValueError(
                f"The optimizer has averages of {len(self._model_variables_moving_average)} variables. Received: "
                f"{len(variables)} variables. Is it the optimizer of this model?"
            )
        pairs = zip(variables, self._model_variables_moving_average, strict=True)
        return [(variable, average) for variable, average in pairs if average is not None]

    def _overwrite_model_variables_with_average_value(self, variables):
        for variable, average in self._averaged_variables(variables):
            variable.assign(average.array)

    def finalize_variable_values(self, var_list):
        """Set the variables to their moving averages, if there are any. `fit` calls it at its end."""
        if self.use_ema:
            self._overwrite_model_variables_with_average_value(var_list)
