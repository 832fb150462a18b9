"""`minikeras learn`: exercises in which a reader writes parts of Keras, and hints that say which property fails.

An exercise is one module here: what to write, the oracle with the right answers, typical mistakes with their hints.
`checking.py` compares, `exercise.py` has the words for all that.
"""

from importlib import import_module

# In the order in which a reader may want them.
EXERCISES = (
    "dense",
    "softmax_crossentropy",
    "adam",
    "conv2d",
    "batch_normalization",
    "lstm_cell",
    "attention",
    "dropout",
    "functional_order",
    "fit_loop",
)


def load(name):
    """The `Exercise` of that name.

    Raises:
        KeyError: there is none.
    """
    if name not in EXERCISES:
        raise KeyError(name)
    return import_module(f"minikeras.learn.{name}").EXERCISE
