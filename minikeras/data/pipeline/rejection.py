"""`rejection_resample`: elements left out or repeated at random, so that classes occur as often as wanted.

With classes that occur with frequency p and are wanted with frequency q, let r = q / p. Elements come

    with probability m = min r   as they are,
    otherwise                    from those of which each of class c stays with probability (r[c] − m) / (max r − m).

Both read the data independently, and the first to end ends the data set. This wastes the fewest elements. It is made of
other methods of data sets, with TensorFlow's random words.
"""

import numpy as np

from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.random import operations

SEEN_AT_ONCE = 32  # classes that are counted before the frequencies are estimated again
SEEN_BEFORE = 10  # prior count of each class, so that the first estimates are not extreme


def rejection_resampled(dataset, class_function, target, initial, seed):
    """A data set of (class, element).

    Args:
        class_function: int32 class of an element, 0 … number of classes − 1.
        target: wanted frequency of each class.
        initial: frequencies of the classes in the data; counted while elements pass if None.
    """

    def with_class(*element):
        return class_function(*element), element[0] if len(element) == 1 else element

    def with_rate(rates, element):
        number, element = with_class(*element) if isinstance(element, tuple) else with_class(element)
        return number, rates[0][number], element

    def stays(number, rate, element):
        return operations.uniform((), seed=seed) < rate

    target = as_array(target).astype(np.float32)
    make = type(dataset)
    if initial is None:
        rates = _estimated(dataset.map(class_function), len(target)).map(lambda p: _rates(p.array, target))
    else:
        fixed = _rates(as_array(initial).astype(np.float32), target)
        if fixed[1].array == 1:
            return dataset.map(with_class)
        rates = make.from_tensors(fixed).repeat()
    kept = make.zip((rates, dataset)).map(with_rate).filter(stays)
    resampled = kept.map(lambda number, _, element: (number, element))
    if initial is not None and fixed[1].array == 0:
        return resampled
    shares = rates.map(lambda _, m: Tensor(np.array([m.array, 1 - m.array])))
    return make.sample_from_datasets([dataset.map(with_class), resampled], shares, seed, stop_on_empty_dataset=True)


def _rates(frequencies, target):
    """(how often an element of each class stays, the share of elements that come as they are)."""
    ratio = target / (frequencies + np.finfo(np.float32).tiny)
    least = ratio.min()
    with np.errstate(invalid="ignore"):  # 0 / 0: all elements come as they are
        return Tensor((ratio - least) / (ratio.max() - least)), Tensor(least)


def _estimated(classes, count):
    """A data set of the frequencies, one for each element, of the classes seen so far."""

    def counted(counts, numbers):
        counts = counts.array + np.bincount(numbers.array, minlength=count)
        frequencies = (counts / counts.sum()).astype(np.float32)
        return Tensor(counts), Tensor(np.tile(frequencies, (SEEN_AT_ONCE, 1)))

    return classes.batch(SEEN_AT_ONCE).scan(Tensor(np.full(count, SEEN_BEFORE)), counted).unbatch()
