"""Losses that are nested differently from the outputs: several for one output, or one for a structure of outputs.

    outputs {"p": [a, b], "q": c},  loss={"p": "mse", "q": ["mse", "mae"]}

gives "p" one loss of both tensors, and "q" two.
"""

from minikeras import tree
from minikeras.trainers.outputs import UnknownOutputError


def is_deep(losses, y_pred):
    """Whether nested losses are more than a flat list or dict with one loss per output."""
    if not tree.is_nested(losses):
        return False
    items = losses.items() if isinstance(losses, dict) else enumerate(losses)
    for key, loss in items:
        if tree.is_nested(loss):
            return True
        both_dicts = isinstance(losses, dict) and isinstance(y_pred, dict)
        if loss is not None and both_dicts and tree.is_nested(y_pred.get(key)):
            return True
    return False


def nested_losses(losses, weights, y_pred, path=()):
    """(path of the outputs, loss, weight) of each loss; a loss whose path leads to a structure is for all of it.

    A list or tuple is paired with outputs of its own type one by one, and so is a flat one of equal length; any other
    holds several losses of the same outputs.

    Raises:
        UnknownOutputError: a key that is none of the outputs.
    """
    if losses is None:
        return
    if not tree.is_nested(losses):
        yield path, losses, weights
        return
    part_by_part = _is_paired_one_by_one(losses, y_pred)
    for key, loss in losses.items() if isinstance(losses, dict) else enumerate(losses):
        if part_by_part and (key not in y_pred if isinstance(y_pred, dict) else key >= len(y_pred)):
            raise UnknownOutputError(f"`loss` has an entry for {(*path, key)}, where the model has no output.")
        weight = _weight_at(weights, key, (*path, key))
        if part_by_part:
            yield from nested_losses(loss, weight, y_pred[key], (*path, key))
        else:
            yield from nested_losses(loss, weight, y_pred, path)


def _weight_at(weights, key, path):
    """The weights below a key: one number counts for all."""
    if not tree.is_nested(weights):
        return weights
    try:
        return weights[key]
    except (KeyError, IndexError, TypeError):
        raise ValueError(
            f"`loss_weights` must match the losses, one number for each. There is none for the loss at {path}. "
            f"Received there: {weights}"
        ) from None


def _is_paired_one_by_one(losses, y_pred):
    if isinstance(losses, dict):
        if not isinstance(y_pred, dict):
            raise UnknownOutputError(
                f"`loss` has the keys {sorted(losses)}, which can't be found in the model's output: that is not a dict."
            )
        return True
    if not isinstance(y_pred, (list, tuple)):
        return False
    is_flat = len(losses) == len(y_pred) and not any(map(tree.is_nested, (*losses, *y_pred)))
    return is_flat or isinstance(losses, list) == isinstance(y_pred, list)


def name_of_structure(path, positions):
    """The name of a loss of several outputs: from its path, or at the root from the names of the outputs."""
    if path:
        return "/".join(map(str, path))
    return "_".join(str(place.path[-1] if isinstance(place.path[-1], str) else place.name) for place in positions)
