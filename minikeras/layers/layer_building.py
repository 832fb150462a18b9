"""How a layer creates its weights: `build`, `add_weight`, and the config from which it is built without data."""

import inspect
from functools import cache, wraps

from minikeras import constraints, initializers, regularizers, tree
from minikeras.autodiff.dtypes import is_float
from minikeras.autodiff.name_scope import current_path, name_scope
from minikeras.autodiff.state import autocast, history, thread
from minikeras.autodiff.stateless_scope import lasting_assignments
from minikeras.autodiff.variable import Variable
from minikeras.base.limits import reads_config
from minikeras.base.messages import warn

_WEIGHT_ARGUMENTS = ("initializer", "regularizer", "constraint")


class LayerBuilding:
    """Mixin of `Layer`: everything around `build`."""

    _is_building = False  # whether `build` is running; a class's `build` may call its base's

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _building(cls.__dict__["build"])

    def build(self, input_shape):
        """Create the weights for inputs of this shape. The default creates none."""
        self._check_initialized()
        self._path = self._path or "/".join(filter(None, (current_path(), self.name)))
        unbuilt = [layer.name for layer in self._layers if not layer.built] if self._builds_by_call() else []
        if unbuilt:
            warn(
                f"`build()` was called on layer '{self.name}', which does not have a `build()` method, and has unbuilt "
                f"layers: {unbuilt}. Call it on data, or build them in a `build(input_shape)` of {type(self).__name__}."
            )
        self.built = True
        if not self._is_building:
            self._lock_state()

    def _build_at_init(self):
        """Mark a layer without weights as built, unless a subclass has a `build` of its own."""
        if self._builds_by_call():
            self.built = True
            self._lock_state()

    def get_build_config(self):
        """The input shapes given to `build`, to rebuild the layer without data; None before it is built."""
        shapes = self._build_shapes
        if shapes is None:
            return None
        return {"input_shape": next(iter(shapes.values()))} if len(shapes) == 1 else {"shapes_dict": shapes}

    @reads_config
    def build_from_config(self, config):
        """Build the layer from the result of `get_build_config`."""
        if not config:
            return
        if "input_shape" in config:
            self.build(as_shape(config["input_shape"]))
        elif "shapes_dict" in config:
            self.build(**{name: as_shape(shape) for name, shape in config["shapes_dict"].items()})
        if self._build_shapes is None and self._builds_by_call():
            shapes = config.get("shapes_dict") or {"input_shape": config.get("input_shape")}
            self._build_shapes = {name: as_shape(shape) for name, shape in shapes.items()}

    def add_weight(
        self,
        *args,
        shape=None,
        initializer=None,
        dtype=None,
        trainable=True,
        autocast=True,
        regularizer=None,
        constraint=None,
        aggregation="none",
        overwrite_with_gradient=False,
        name=None,
    ):
        """Create a Variable of this layer.

        Args:
            *args: `shape`, `initializer` and `dtype` may be passed by position.
            shape: its shape; () if None.
            initializer: name, object or function `(shape, dtype)`; by default Glorot uniform for floats, else zeros.
            dtype: its dtype; the policy's variable dtype if None.
            trainable: whether training changes it.
            autocast: whether it is read in the compute dtype under mixed precision.
            regularizer: computes a penalty on it, added to the loss.
            constraint: applied to it after every optimizer step.
            aggregation: for several devices; minikeras has one.
            overwrite_with_gradient: whether the optimizer stores the gradient as the new value.
            name: last part of its path.

        Raises:
            TypeError: more than three positional arguments.
            ValueError: a positional name (as in Keras 2), or the shape is given twice.
        """
        self._check_initialized()
        if args:
            shape, initializer, dtype = _positional_arguments(args, shape, initializer, dtype)
        dtype = self.variable_dtype if dtype is None else dtype
        if isinstance(shape, (list, tuple)) and None in shape:
            raise ValueError(
                f"The shape of weight '{name}' of layer '{self.name}' ({type(self).__name__}) must be fully-defined. "
                f"Received: shape={tuple(shape)}. Give the `Input` the lengths that are None."
            )
        if initializer is None:
            initializer = "glorot_uniform" if is_float(dtype) else "zeros"
        if isinstance(shape, int):
            raise ValueError(f"Cannot convert {shape!r} to a shape, a tuple: shape=({shape},).")
        with name_scope(self.name, caller=self, override_parent=self._parent_path()):
            variable = Variable(
                initializers.get(initializer),
                shape=() if shape is None else tuple(shape),
                dtype=dtype,
                trainable=trainable,
                autocast=autocast,
                aggregation=aggregation,
                name=name,
            )
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        variable.overwrite_with_gradient = overwrite_with_gradient
        self._track_variable(variable)
        return variable

    def _set_weight_arguments(self, **weights):
        """Set the attributes that configure weights: `kernel_initializer`, `kernel_regularizer`, ….

        Args:
            **weights: {prefix: (initializer, regularizer, constraint)}, in the order in which seeds are drawn.
        """
        kinds = (initializers, regularizers, constraints)
        for prefix, given in weights.items():
            for argument, kind, value in zip(_WEIGHT_ARGUMENTS, kinds, given, strict=True):
                setattr(self, f"{prefix}_{argument}", kind.get(value))

    def _add_configured_weight(self, prefix, shape, name=None, **options):
        """Create a weight with the initializer, regularizer and constraint set by `_set_weight_arguments`.

        Args:
            prefix: "kernel" for `kernel_initializer` and so on.
            shape: of the weight.
            name: the weight's name; the prefix if None.
            **options: other arguments of `add_weight`; they take precedence.
        """
        given = {argument: getattr(self, f"{prefix}_{argument}") for argument in _WEIGHT_ARGUMENTS}
        return self.add_weight(name=name or prefix, shape=shape, **given | options)

    def _parent_path(self):
        """The parent path of a weight added outside of all name scopes, next to the other weights; None in a scope."""
        path = "" if thread.name_scopes else self.path or ""
        return path.rpartition("/")[0] if "/" in path else None

    def add_variable(
        self,
        shape,
        initializer,
        dtype=None,
        trainable=True,
        autocast=True,
        regularizer=None,
        constraint=None,
        name=None,
    ):
        """Alias of `add_weight`."""
        settings = {"trainable": trainable, "autocast": autocast, "regularizer": regularizer, "constraint": constraint}
        return self.add_weight(shape, initializer, dtype, **settings, name=name)

    # --- building when data is first seen -------------------------------------------------------------------------

    def _build_for(self, signature, args, kwargs):
        """Call `build` with the shapes of the arguments."""
        names = _build_parameters(type(self).build)
        bound = signature.bind(args, kwargs)
        shapes = {}
        for name, value in bound.items():
            if any(hasattr(x, "shape") for x in tree.flatten(value)):
                shapes[f"{name}_shape"] = shapes_of(value)
        if len(names) == 1 and names[0] not in shapes and shapes:
            shapes = {names[0]: next(iter(shapes.values()))}
        if self._builds_by_call():
            self._path = current_path()
            self._use_policy_at(self._path)
            self._build_shapes = shapes or None
            if all(layer.built for layer in self._layers):
                self._lock_state()  # otherwise `call` builds the sub-layers, and may add some
            return
        optional = _optional_parameters(type(self).build)
        names = [name for name in names if name in shapes or name not in optional]
        missing = [name for name in names if name not in shapes]
        if missing and not shapes:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) has no shape to be built for: it received no tensor, but "
                f"{', '.join(f'{name}={value!r}' for name, value in bound.items())[:200]}"
            )
        if missing:
            raise _wrong_names(self, names, signature.names)
        with autocast(None):  # in `build`, weights keep their own dtype
            self.build(**{name: shapes[name] for name in names})

    def _builds_by_call(self):
        """Whether the class does not override `build`: its sub-layers are built when `call` first runs."""
        return type(self).build is LayerBuilding.build


def _wrong_names(layer, names, inputs):
    """The ValueError for a `build` whose arguments are not named after those of `call`."""
    other = next((name for name in names if not name.endswith("_shape")), None)
    which = "" if other is None else f"`build` has the argument `{other}`, which does not end in `_shape`. "
    return ValueError(
        f"{which}The arguments of `build` of layer '{layer.name}' are named after those of `call`, with `_shape` "
        f"added. Received: build({', '.join(names)}) and call({', '.join(inputs)})"
    )


def _positional_arguments(args, shape, initializer, dtype):
    """The shape, initializer and dtype of `add_weight(*args, …)`."""
    if len(args) > 3:
        raise TypeError(
            "`add_weight` takes three arguments by position: shape, initializer and dtype. "
            f"Received {len(args)}: {args}. Write the others as keywords."
        )
    if isinstance(args[0], str):
        raise ValueError(
            f"The first argument of `add_weight` is the shape. Received: {args[0]!r}. The name is a keyword argument: "
            f"add_weight(shape=…, name={args[0]!r})."
        )
    if shape is not None:
        raise ValueError(f"`add_weight` received `shape` by position ({args[0]}) and as a keyword ({shape}).")
    return (*args, *(initializer, dtype)[len(args) - 1 :])


def _building(build):
    """Wrap a class's `build`: open the name scope, remember the shapes, mark the layer as built."""

    @wraps(build)
    def wrapper(self, *args, **kwargs):
        self._check_initialized()
        is_first = self._build_shapes is None
        if is_first:  # before the call, since `build` may call its base's `build` with another shape
            names = _build_parameters(build)
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
def _build_parameters(build):
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    _, *parameters = inspect.signature(build).parameters.values()  # the first is the layer
    return [p.name for p in parameters if p.kind in named]


@cache
def _optional_parameters(build):
    return {p.name for p in inspect.signature(build).parameters.values() if p.default is not p.empty}


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
