"""How a layer is built: what surrounds its `build`, and the shapes that it gets."""

import inspect
from functools import cache, wraps

from minikeras import tree
from minikeras.autodiff.name_scope import current_path, name_scope
from minikeras.autodiff.state import history
from minikeras.autodiff.stateless_scope import lasting_assignments
from minikeras.layers.call_signature import call_signature


def building(build):
    """Wrap a class's `build`: open the name scope, remember the shapes, mark the layer as built."""

    @wraps(build)
    def wrapper(self, *args, **kwargs):
        self._check_initialized()
        is_first = self._build_shapes is None
        if is_first:  # before the call, since `build` may call its base's `build` with another shape
            names = build_parameters(build)
            object.__setattr__(self, "_build_shapes", {**dict(zip(names, args, strict=False)), **kwargs})
        is_outermost = not self._is_building
        object.__setattr__(self, "_is_building", True)
        try:
            with name_scope(self.name, caller=self), lasting_assignments(), history():
                object.__setattr__(self, "_path", current_path())
                self._use_policy_at(self._path)
                build(self, *args, **kwargs)
        except BaseException:
            if is_first:
                object.__setattr__(self, "_build_shapes", None)
            raise
        finally:
            object.__setattr__(self, "_is_building", not is_outermost)
        self.built = True
        if is_outermost:
            self._lock_state()
        if not self._trainable:
            self.trainable = False  # the layer was frozen before it had weights

    return wrapper


@cache
def build_parameters(build):
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    _, *parameters = inspect.signature(build).parameters.values()  # the first is the layer
    return [p.name for p in parameters if p.kind in named]


@cache
def optional_parameters(build):
    return {p.name for p in inspect.signature(build).parameters.values() if p.default is not p.empty}


def shapes_for_rule(layer, args, kwargs):
    """The shapes to pass to the class's `compute_output_shape`, {parameter: shape}.

    A single parameter gets the shape of the first argument of `call`; with several, `x_shape` gets that of `x`.

    Raises:
        ValueError: there are several parameters, and one is not named after an argument of `call`.
    """
    rule, signature = type(layer).compute_output_shape, call_signature(type(layer).call)
    names = call_signature(rule).names
    bound = signature.bind(args, kwargs)
    if len(names) == 1:
        return {names[0]: shapes_of(next(iter(bound.values())))}
    for name in names:
        if name.removesuffix("_shape") not in signature.parameters or not name.endswith("_shape"):
            raise ValueError(
                f"The arguments of `compute_output_shape` of {type(layer).__name__} must be those of `call` with "
                f"`_shape` added, or one alone. Received: `{name}`, and call{signature.signature}"
            )
    given = {name: bound.get(name.removesuffix("_shape")) for name in names}
    return {name: shapes_of(x) for name, x in given.items() if x is not None}


def shapes_of(x):
    """The shapes of one argument's tensors, nested like it."""
    if hasattr(x, "shape"):
        return tuple(x.shape)
    return tree.map_structure(lambda y: tuple(y.shape) if hasattr(y, "shape") else None, x)


def as_shape(nested):
    """Shapes read from JSON (lists) as tuples, also within dicts and lists."""
    if isinstance(nested, dict):
        return {key: as_shape(value) for key, value in nested.items()}
    if isinstance(nested, (list, tuple)) and all(n is None or isinstance(n, int) for n in nested):
        return tuple(nested)
    return None if nested is None else [as_shape(item) for item in nested]


def wrong_names(layer, names, inputs):
    """The ValueError for a `build` whose arguments are not named after those of `call`."""
    other = next((name for name in names if not name.endswith("_shape")), None)
    which = "" if other is None else f"`build` has the argument `{other}`, which does not end in `_shape`. "
    return ValueError(
        f"{which}The arguments of `build` of layer '{layer.name}' are named after those of `call`, with `_shape` "
        f"added. Received: build({', '.join(names)}) and call({', '.join(inputs)})"
    )
