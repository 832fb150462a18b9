"""Shuffles samples and divides them into training and test data."""

import numpy as np


def random_order(generator, count):
    """The numbers 0 … count−1, shuffled by a NumPy generator of the old kind."""
    order = np.arange(count)
    generator.shuffle(order)
    return order


def old_generator(seed):
    """NumPy's Mersenne Twister of the old interface: only it gives the order, and so the split, that Keras gives."""
    return np.random.RandomState(seed)


def check_test_split(test_split):
    """Raise ValueError unless `test_split` is in [0, 1)."""
    if not 0 <= test_split < 1:
        raise ValueError(
            f"Invalid `test_split`: it must be between 0 and 1, and less than 1. Received: test_split={test_split}"
        )


def shuffle_and_split(x, y, test_split, seed):
    """((x_train, y_train), (x_test, y_test)), with the share `test_split` as test data."""
    order = random_order(old_generator(seed), len(x))
    x, y = x[order], y[order]
    training_count = int(len(x) * (1 - test_split))
    return (x[:training_count], y[:training_count]), (x[training_count:], y[training_count:])
