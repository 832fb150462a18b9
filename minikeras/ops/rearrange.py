"""`rearrange`: axes split, reordered and merged by a pattern with names."""

import math
import re

from minikeras.autodiff.composed import composed
from minikeras.ops.core import convert_to_tensor
from minikeras.ops.shaping import reshape, transpose


@composed(inputs=1)
def rearrange(tensor, pattern, **axes_lengths):
    """The axes of `tensor` rearranged by `pattern`.

        rearrange(images, "b h w c -> b c h w")                            channels first
        rearrange(images, "b h w c -> b (h w c)")                          flatten
        rearrange(images, "b (h p) (w q) c -> b h w (p q c)", p=2, q=2)    space to depth

    Args:
        pattern: names of the axes before and after "->". Parentheses group several into one axis of the tensor.
        **axes_lengths: lengths of named axes, for groups on the left; one in each group may be omitted.

    Raises:
        ValueError: the pattern does not fit the tensor, or names differ on the two sides.
    """
    tensor = convert_to_tensor(tensor)
    left, right = _parse(pattern)
    names = [name for group in left for name in group]
    if sorted(names) != sorted(name for group in right for name in group) or len(set(names)) < len(names):
        raise ValueError(f"Both sides of a pattern must have the same names, each once. Received: pattern={pattern!r}")
    if len(left) != len(tensor.shape):
        raise ValueError(
            f"The left side of the pattern must name every axis. Received: pattern={pattern!r} with {len(left)} axes "
            f"for a tensor of shape {tuple(tensor.shape)}"
        )
    lengths = {}
    for group, length in zip(left, tensor.shape, strict=True):
        lengths.update(_split(group, length, axes_lengths, pattern))
    split = reshape(tensor, [lengths[name] for name in names]) if len(names) > len(left) else tensor
    order = [names.index(name) for group in right for name in group]
    y = transpose(split, order)
    return reshape(y, [_merge(group, lengths) for group in right]) if len(names) > len(right) or () in right else y


def _parse(pattern):
    """Both sides as lists of groups, each a tuple of names: "a (b c) -> c (a b)" → [(a,), (b, c)], [(c,), (a, b)]."""
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ValueError(f'A pattern has the form "names -> names". Received: pattern={pattern!r}')
    return [[tuple(re.findall(r"\w+", group)) for group in re.findall(r"\w+|\(.*?\)", side)] for side in sides]


def _split(group, length, given, pattern):
    """The length of each name in a group of one axis of `length`; one of them may be unknown."""
    lengths = {name: given.get(name) for name in group}
    unknown = [name for name, n in lengths.items() if n is None]
    known = math.prod(n for n in lengths.values() if n is not None)
    if len(unknown) > 1:
        raise ValueError(f"Give the lengths of all but one of {group}, by name. Received: pattern={pattern!r}, {given}")
    if length is not None and (length % known if unknown else length != known):
        raise ValueError(f"An axis of length {length} cannot be split into {lengths}. Received: pattern={pattern!r}")
    if unknown:
        lengths[unknown[0]] = None if length is None else length // known
    return lengths


def _merge(group, lengths):
    factors = [lengths[name] for name in group]
    return None if None in factors else math.prod(factors)
