"""The exponential moving average (EMA) of a model's variables, often a better model than the last step's.

    a₀ = w₀,   a_t = momentum · a_{t−1} + (1 − momentum) · w_t        (Polyak and Juditsky, 1992)

As in Keras, averages are updated before the constraints are applied.
"""


def update_moving_averages(optimizer):
    """Update the averages after a step that is not counted yet; set the variables to them, if it is time."""
    variables = optimizer._trainable_variables
    for variable, average in averaged_variables(optimizer, variables):
        momentum, rest, _ = scalars_of_averages(optimizer, variable.array.dtype.type)
        average.assign(momentum * average.array + rest * variable.array)
    if scalars_of_averages(optimizer, float)[-1]:
        overwrite_with_averages(optimizer, variables)


def scalars_of_averages(optimizer, real):
    """momentum, 1 − momentum, and whether this step (not counted yet) sets the variables to their averages."""
    updates_before = int(optimizer.iterations)
    momentum = real(optimizer.ema_momentum if updates_before else 0)  # the first average is the variable itself
    frequency = optimizer.ema_overwrite_frequency
    return momentum, 1 - momentum, bool(frequency) and (updates_before + 1) % frequency == 0


def averaged_variables(optimizer, variables):
    """[(Variable, its average)], for those of the variables that have one.

    Raises:
        ValueError: the optimizer has averages of another number of variables.
    """
    averages = optimizer._model_variables_moving_average
    if len(variables) != len(averages):
        raise ValueError(
            f"The optimizer has averages of {len(averages)} variables. Received: {len(variables)} variables. Is it "
            "the optimizer of this model?"
        )
    return [pair for pair in zip(variables, averages, strict=True) if pair[1] is not None]


def overwrite_with_averages(optimizer, variables):
    """Set the variables to their averages."""
    for variable, average in averaged_variables(optimizer, variables):
        variable.assign(average.array)
