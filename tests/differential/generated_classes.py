"""Generated layers and initializers, and their comparison on both packages: `GENERATED[kind](chooser)`."""

import keras

import minikeras
from tests.differential.initializer_arguments import generated_initializer
from tests.differential.layer_arguments import generated_layer, is_known
from tests.differential.outcomes import difference, outcome_of


def compared_layer(chooser):
    """(case, how it differs or None)"""
    case = generated_layer(chooser)
    ours, theirs = outcome_of(minikeras, case.run), outcome_of(keras, case.run)
    return case, None if is_known(case, ours, theirs) else difference(ours, theirs)


def compared_initializer(chooser):
    """(case, how it differs or None)"""
    case = generated_initializer(chooser)
    if case.name == "Identity" and "gain" in case.arguments:
        return case, None  # Keras leaves it out of the config
    return case, difference(outcome_of(minikeras, case.run), outcome_of(keras, case.run))


GENERATED = {"layers": compared_layer, "initializers": compared_initializer}
