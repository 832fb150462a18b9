"""Exercise: the order in which a functional model calls its layers."""

from minikeras.tools.learn.exercise import (
    ERROR,
    MISSING_TERM,
    ORDER,
    RANGE,
    SHAPE,
    SIDE_EFFECT,
    Exercise,
    Hint,
    PropertyTask,
)

STARTER = '''"""The order in which the nodes of a graph can be computed."""


def order(inputs_of, outputs):
    """The nodes that `outputs` need, each once, and each after all of its inputs.

    inputs_of: {node: list of the nodes whose results it takes}; nodes without inputs have an empty list.
    outputs: list of nodes. Nodes that none of them needs, directly or not, are left out.

    Raises ValueError if a node needs its own result. The graph may be 10 000 layers deep.
    """
    raise NotImplementedError
'''

DEEP = 10_000


def _graphs():
    """[(description, inputs_of, outputs)]"""
    chain = {"x": [], "a": ["x"], "b": ["a"]}
    residual = {"x": [], "a": ["x"], "b": ["a"], "sum": ["x", "b"]}
    diamond = {"out": ["left", "right"], "left": ["x"], "right": ["x"], "x": []}
    uneven = {"out": ["x", "c"], "c": ["b", "x"], "b": ["a"], "a": ["x"], "x": [], "unused": ["b"]}
    return [
        ("a chain of two layers", chain, ["b"]),
        ("a residual connection", residual, ["sum"]),
        ("a layer whose result two others take", diamond, ["out"]),
        ("paths of different lengths, and a node that is not needed", uneven, ["out"]),
        ("two outputs, one of which the other needs", uneven, ["out", "b"]),
        ("one node twice among the inputs of another", {"x": [], "square": ["x", "x"]}, ["square"]),
    ]


def check(order):
    """Raise a `Hint` about the first graph for which the order is wrong."""
    for description, inputs_of, outputs in _graphs():
        given = {node: list(inputs) for node, inputs in inputs_of.items()}
        found = order(given, list(outputs))
        if given != inputs_of:
            raise Hint(SIDE_EFFECT, f"Case: {description}. The graph was changed.")
        check_order(found, inputs_of, outputs, f"Case: {description}. ")
    _check_depth(order)
    _check_cycle(order)


def check_order(found, inputs_of, outputs, case=""):
    """Raise a `Hint` if these nodes are not those that are needed, each once, after their inputs."""
    if not isinstance(found, list | tuple):
        raise Hint(SHAPE, f"{case}Expected a list of nodes. Received: {found!r}")
    needed = needed_by(inputs_of, outputs)
    if twice := [node for node in found if list(found).count(node) > 1]:
        raise Hint(ORDER, f"{case}{twice[0]!r} occurs more than once in {found}: a layer would be called twice.")
    if missing := [node for node in inputs_of if node in needed and node not in found]:
        raise Hint(MISSING_TERM, f"{case}{missing[0]!r} is needed for {outputs}, and missing in {found}.")
    if surplus := [node for node in found if node not in needed]:
        raise Hint(ORDER, f"{case}{surplus[0]!r} is not needed for {outputs}: leave it out.")
    place = {node: i for i, node in enumerate(found)}
    for node in found:
        late = [other for other in inputs_of[node] if place[other] > place[node]]
        if late:
            raise Hint(ORDER, f"{case}{node!r} comes before {late[0]!r}, whose result it takes: {found}")


def needed_by(inputs_of, outputs):
    """The set of nodes that the outputs need, themselves included."""
    needed, left = set(), list(outputs)
    while left:
        node = left.pop()
        if node not in needed:
            needed.add(node)
            left += inputs_of[node]
    return needed


def _check_depth(order):
    deep = {i: [i - 1] if i else [] for i in range(DEEP)}
    try:
        found = order(deep, [DEEP - 1])
    except Hint as hint:
        if "RecursionError" in hint.message:
            text = (
                f"A chain of {DEEP} layers: Python allows about 1000 nested calls. Keep the remaining work in a list."
            )
            raise Hint(RANGE, text) from hint
        raise
    if list(found) != list(range(DEEP)):
        raise Hint(ORDER, f"A chain of {DEEP} layers has only one order: from its first layer to its last.")


def _check_cycle(order):
    try:
        found = order({"a": ["b"], "b": ["a"]}, ["a"])
    except Hint as hint:
        if "raised ValueError" in hint.message:
            return
        raise Hint(ERROR, f"Of two nodes that need each other: expected a ValueError. {hint.message}") from hint
    raise Hint(ERROR, f"Two nodes that need each other have no order: expected a ValueError. Received: {found}")


EXERCISE = Exercise(
    name="functional_order",
    title="the order of a functional model's layers",
    where="minikeras/autodiff/function.py, minikeras/models/functional.py",
    starter=STARTER,
    tasks=(PropertyTask("order", check),),
)
