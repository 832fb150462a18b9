"""`minikeras learn`: exercises in which a reader writes parts of Keras, and hints that name the property that fails.

Each exercise is one module here: its task, the oracle with the right answers, typical mistakes with their hints.
`checking.py` compares, `exercise.py` defines these terms.
"""

from importlib import import_module

# In a suitable order for a reader.
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
    return import_module(f"minikeras.tools.learn.{name}").EXERCISE
