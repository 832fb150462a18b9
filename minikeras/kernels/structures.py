"""Structures: they group parameters of a task kernel that belong together in a named tuple.

```python
class Block(NamedTuple):
    x: floats(2)
    rows: int


@task_kernel
def scale(task, block: Block, factor: float): ...


scale.job(4, Block(x, 8), 2.0)
```

The kernel reads `block.x` and `block.rows`, may pass `block` to a subroutine, and may make a structure itself, such as
the result of a subroutine, if its name is set only once. In the argument block of a job the fields follow each other,
as if each were a parameter: a structure costs nothing when the kernel runs.
"""

from inspect import get_annotations


def fields(annotation):
    """((name, type of a parameter), …) of a structure; None for any other annotation."""
    if isinstance(annotation, type) and issubclass(annotation, tuple) and hasattr(annotation, "_fields"):
        return tuple(get_annotations(annotation).items())
    return None


def flattened(parameters):
    """Parameters, (name, annotation) each, with each structure replaced by its fields: `block.x`, `block.rows`."""
    flat = []
    for name, annotation in parameters:
        inner = fields(annotation)
        flat += [(name, annotation)] if inner is None else [(f"{name}.{field}", kind) for field, kind in inner]
    return flat


def flat_arguments(arguments):
    """The arguments of a job, with each structure replaced by its fields."""
    flat = []
    for argument in arguments:
        flat += argument if isinstance(argument, tuple) else (argument,)
    return flat


def arranged(structures, values):
    """The inverse: a kernel's arguments from one value for each word or array.

    Args:
        structures: for each argument the class of its structure, or None; None if none has one.
        values: an iterable.
    """
    if structures is None:
        return list(values)
    values = iter(values)
    return [
        next(values) if structure is None else structure(*[next(values) for _ in structure._fields])
        for structure in structures
    ]
