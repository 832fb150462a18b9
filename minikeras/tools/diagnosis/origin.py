"""Finds where a NaN or infinity was made: from a value that has it back to the op that made it from finite values."""

from minikeras.autodiff.value_ranges import has_nan, is_bad

CHAIN_LENGTH = 12  # ops of the path back that are shown


class Origin:
    """The op, or the leaf, where the NaN or infinity first appeared.

    Attributes:
        phase: "forward" or "backward" (of an op), "data", "weight", "constant" (a leaf that came with it), "update".
        record: its `OpRecord`; None for an update, and for a gradient of an op that was not recorded.
        gradient: its `GradientRecord`, if it is a gradient.
        array: the values that are not all finite.
        name: of a leaf: the part of the batch, or the Variable.
        nan: the `OpRecord` of the first op that turned an infinity into a NaN, if that is another one.
    """

    def __init__(self, phase, record=None, array=None, name=None, gradient=None, nan=None):
        self.phase, self.record, self.array, self.name = phase, record, array, name
        self.gradient, self.nan = gradient, nan


def forward_origin(step, index, array):
    """The `Origin` of the bad values in the Tensor with this index, or None if nothing is known about it.

    Follows NaN back to the first NaN, and infinity from there on. An infinity that came as a constant (masks use -inf)
    is no fault: then the op that turned it into NaN is the origin.
    """
    record, bad = _first(step, index, array, has_nan if has_nan(array) else is_bad)
    if record is None:
        return _leaf(step, index, array)
    nan = record if has_nan(array) else None
    place, leaf = _bad_input(record, has_nan)
    if place is not None:  # no op made it
        return _leaf(step, record.input_ids[place], leaf)
    place, infinite = _bad_input(record, is_bad)
    if place is None:
        return Origin("forward", record, bad)
    source, bad_source = _first(step, record.input_ids[place], infinite, is_bad)
    if source is None:
        leaf = _leaf(step, record.input_ids[place], infinite)
        return Origin("forward", record, bad) if leaf.phase == "constant" else leaf
    place, leaf = _bad_input(source, is_bad)
    if place is None:
        return Origin("forward", source, bad_source, nan=nan)
    leaf = _leaf(step, source.input_ids[place], leaf)
    return Origin("forward", record, bad) if leaf.phase == "constant" else leaf


def _first(step, index, array, test):
    """Follow inputs that pass `test` back from a Tensor: (record of the last op on the path, its output), or Nones."""
    found, output = None, array
    while index in step.maker:
        record = step.maker[index]
        found, output = record, record.outputs[record.output_ids.index(index)]
        place, bad = _bad_input(record, test)
        if place is None or record.input_ids[place] not in step.maker:
            break
        index, array = record.input_ids[place], bad
    return found, output


def _bad_input(record, test):
    for place, x in enumerate(record.inputs):
        if x is not None and test(x):
            return place, x
    return None, None


def _leaf(step, index, array):
    phase, name = step.name_of_leaf(index, array)
    return Origin(phase, array=array, name=name)


def gradient_origin(step, index):
    """The `Origin` of the bad gradient of the Tensor with this index, or None."""
    found = None
    while True:
        gradient = _rule_for(step, index, found)
        if gradient is None:
            break
        found = gradient
        bad = [i for i, dy in zip(gradient.call.output_ids, gradient.dys, strict=False) if is_bad(dy)]
        if not bad:
            break
        index = bad[0]
    if found is None:
        return None
    array = next(dx for dx in found.dxs if is_bad(dx))
    record = next((step.maker[i] for i in found.call.output_ids if i in step.maker), None)
    return Origin("backward", record, array, gradient=found)


def _rule_for(step, index, after):
    """The rule that made the gradient of a Tensor bad; the first that ran, and before `after`."""
    for gradient in step.bad_gradients:
        if gradient is after:
            break
        for place, dx in zip(gradient.call.input_ids, gradient.dxs, strict=False):
            if place == index and is_bad(dx):
                return gradient
    return None


def chain(step, record):
    """The path from an op back to a leaf, along the first input that varies.

    Returns:
        (list of `OpRecord`s, starting with the given one; description of the leaf where they end).
    """
    records, leaf = [], "numbers made outside ops"
    while record is not None and len(records) < CHAIN_LENGTH:
        records.append(record)
        made = [i for i in record.input_ids if i in step.maker]
        if not made:
            leaves = [describe_leaf(step, i, x) for i, x in zip(record.input_ids, record.inputs, strict=True)
                      if i is not None]  # fmt: skip
            return records, " and ".join(leaves) or leaf
        record = step.maker[made[0]]
    return records, "…"


def describe_leaf(step, index, array):
    """For example "input x" or "weight dense/kernel"."""
    phase, name = step.name_of_leaf(index, array)
    if phase == "weight":
        return f"weight {name.path}"
    return f"data {name}" if phase == "data" else "a constant"
