"""Which variables are trained if low-rank adaptation is enabled after the optimizer was built.

Keras compiles a step once. If `enable_lora` is called between two calls of `fit`, without a new `compile`, `fit`
continues training the earlier variables, the adapted weight among them. With `run_eagerly=True` the optimizer refuses
the new variables, in Keras as here.
"""

from minikeras.base.messages import warn


def variables_before_adaptation(model):
    """The variables that the optimizer was built for, if `enable_lora` has added others since; else none."""
    optimizer = model.optimizer
    if not optimizer.built:
        return []
    known = {id(variable) for variable in optimizer._trainable_variables}
    added = [variable for variable in model.trainable_variables if id(variable) not in known]
    if not known or not added or not all(variable.name.startswith("lora_") for variable in added):
        return []
    warn(
        f"The optimizer was built before `enable_lora` made '{added[0].path}' and {len(added) - 1} other variable(s). "
        "As in Keras, `fit` continues training the variables of before, not these. Call `compile` again, or before "
        "`fit`, to train them."
    )
    return list(optimizer._trainable_variables)
