"""Checks arguments as far as that needs no element values of a sparse tensor, as TensorFlow's Python code does."""


def check_order(perm, shape):
    """Raise unless `perm` names each axis of the shape once.

    Raises:
        ValueError
    """
    if sorted(perm) != list(range(len(shape))):
        raise ValueError(f"`perm` must name each of the axes of shape {shape} once. Received: perm={perm}")


def check_choice(keep, number):
    """Raise unless there are as many booleans as elements.

    Raises:
        ValueError
    """
    if keep.shape != (number,):
        raise ValueError(f"{number} elements need the same number of booleans. Received: the shape {keep.shape}")


def check_any(sparse):
    """Raise for an empty list of sparse tensors.

    Raises:
        ValueError
    """
    if not sparse:
        raise ValueError("`map_values` needs a SparseTensor among the arguments.")
