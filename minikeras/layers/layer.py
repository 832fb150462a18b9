"""`Layer`: weights, and a computation on tensors that uses them. The base of all layers and models."""

import inspect
import warnings
from functools import cache, wraps

import numpy as np

from minikeras import constraints, dtype_policies, initializers, regularizers, tree
from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.name_scope import name_scope
from minikeras.autodiff.operation import Operation, any_symbolic
from minikeras.autodiff.rematerialization import rematerialized
from minikeras.autodiff.state import no_history, thread
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.dtypes import is_float
from minikeras.layers.call_signature import call_signature
from minikeras.layers.input_spec import assert_input_compatibility
from minikeras.layers.layer_state import LayerState
from minikeras.naming import auto_name
from minikeras.serialization import constructor_config, dtype_config, serialize_keras_object
from minikeras.suggestions import did_you_mean


class Layer(LayerState, Operation):
    """A computation with weights of its own.

    Subclasses create their weights in `build(input_shape)` with `add_weight` and compute in `call(inputs)`:

        class Scale(Layer):
            def build(self, input_shape):
                self.scale = self.add_weight(shape=input_shape[-1:], initializer="ones")

            def call(self, inputs):
                return inputs * self.scale

    Args:
        activity_regularizer: a regularizer of the outputs, whose loss per sample `fit` adds.
        trainable: whether training changes the weights.
        dtype: dtype or policy ("mixed_float16") of computation and weights.
        autocast: whether float inputs are cast to the compute dtype.
        name: the layer's name, unique in a model; made of the class's name if None.
    """

    # What a class may set for all its instances; `__init__` sets them again for each.
    supports_masking = False
    input_spec = None
    quantization_mode = None  # minikeras does not quantize

    _losses_of_call = -1  # number of the outermost call in which `_losses` were added
    _last_call = -1  # number of the last outermost call of this layer itself

    def __new__(cls, *args, **kwargs):
        instance = object.__new__(cls)
        object.__setattr__(instance, "_constructor_arguments", (args, kwargs))
        return instance

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _building(cls.__dict__["build"])

    def __init__(self, *, activity_regularizer=None, trainable=True, dtype=None, autocast=True, name=None, **kwargs):
        Operation.__init__(self, name=auto_name(type(self).__name__) if name is None else _checked_name(name))
        self._input_shape_arg = _take_input_shape(kwargs)
        if kwargs:
            raise ValueError(
                f"Unrecognized keyword arguments passed to {type(self).__name__}: {kwargs}."
                + did_you_mean(next(iter(kwargs)), _accepted_arguments(type(self)))
            )
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.dtype_policy = dtype
        self.autocast = autocast
        self.input_spec = None
        self.supports_masking = False
        self.built = False
        self._trainable = trainable
        self._losses = []
        self._build_shapes = None

    # --- building -------------------------------------------------------------------------------------------------

    def build(self, input_shape):
        """Create the weights for inputs of this shape. The default has none of its own."""
        self._check_initialized()
        self.built = True

    def get_build_config(self):
        """What `build` was given, to rebuild the layer without data; None before it is built."""
        shapes = self._build_shapes
        if shapes is None:
            return None
        return {"input_shape": next(iter(shapes.values()))} if len(shapes) == 1 else {"shapes_dict": shapes}

    def build_from_config(self, config):
        """Build the layer from what `get_build_config` returned."""
        if not config:
            return
        if "input_shape" in config:
            self.build(as_shape(config["input_shape"]))
        elif "shapes_dict" in config:
            self.build(**{name: as_shape(shape) for name, shape in config["shapes_dict"].items()})

    def add_weight(
        self,
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
            shape: its shape; () if None.
            initializer: name, object or function `(shape, dtype)`; Glorot uniform for floats, zeros otherwise.
            dtype: that of the layer's policy if None.
            trainable: whether training changes it.
            autocast: whether it is read in the compute dtype under mixed precision.
            regularizer: adds a loss that depends on it.
            constraint: applied to it after every optimizer step.
            aggregation: concerns several devices; here is one.
            overwrite_with_gradient: the optimizer stores the gradient as the new value.
            name: last part of its path.
        """
        self._check_initialized()
        dtype = self.variable_dtype if dtype is None else dtype
        if initializer is None:
            initializer = "glorot_uniform" if is_float(dtype) else "zeros"
        with name_scope(self.name, caller=self):
            variable = Variable(
                initializers.get(initializer),
                shape=() if shape is None else (shape,) if isinstance(shape, int) else tuple(shape),
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
        """The same as `add_weight`."""
        return self.add_weight(shape, initializer, dtype, trainable, autocast, regularizer, constraint, name=name)

    # --- calling --------------------------------------------------------------------------------------------------

    def call(self, *args, **kwargs):
        """Compute the outputs from the inputs."""
        raise NotImplementedError(
            f"{'Model' if hasattr(self, 'fit') else 'Layer'} {type(self).__name__} does not have a `call()` method "
            "implemented. Define `def call(self, inputs): ...` in the class."
        )

    def __call__(self, *args, **kwargs):
        """Convert the inputs, build the layer if it is new, run `call`, keep its losses and masks."""
        self._check_initialized()
        signature = call_signature(type(self).call)
        args, kwargs = self._convert_inputs(args, kwargs)
        if symbolic := any_symbolic(args, kwargs):
            passed = dict(kwargs)  # a node remembers what the user passed, not what this call makes of it
        kwargs, training = self._resolve_training(signature, args, kwargs)
        masks = self._input_masks(signature, args, kwargs)
        if symbolic and masks is None and signature.takes_mask and len(args) == 1:
            passed.setdefault("mask", None)  # Keras's files have it so
        with _LayerCall(self, training):
            try:
                if self.input_spec is not None and args:
                    assert_input_compatibility(self.input_spec, args[0], self.name)
                if not self.built:
                    self._build_for(signature, args, kwargs)
                if symbolic:
                    outputs = self.symbolic_call(*args, **passed)
                elif self._remat_mode is None:
                    outputs = self.call(*args, **kwargs)
                else:
                    outputs = self.rematerialized_call(self.call, *args, **kwargs)(*args, **kwargs)
                if not self.built:
                    self.built = True
            except Exception as error:
                self._note_where(error, args)
                raise
            if self.activity_regularizer is not None and not symbolic:
                self._add_activity_losses(outputs)
        if masks is not None or self._makes_masks():
            self._attach_masks(args, masks, outputs)
        return outputs

    def compute_output_spec(self, *args, **kwargs):
        """KerasTensors like what `call` would return: by `compute_output_shape` if the class has it, else by running
        `call` on symbolic tensors."""
        if type(self).compute_output_shape is not Layer.compute_output_shape:
            inputs = args[0] if args else next(iter(kwargs.values()))
            shape = (
                self.compute_output_shape(_shapes(inputs))
                if len(args) <= 1
                else self.compute_output_shape(*[_shapes(x) for x in args])
            )
            return _keras_tensors(shape, self.compute_dtype)
        cast = self._cast_symbolic
        with no_history():
            return self.call(*tree.map_structure(cast, args), **tree.map_structure(cast, kwargs))

    def compute_output_shape(self, *args, **kwargs):
        """The output shape for an input shape (None: unknown length)."""
        inputs = [_keras_tensors(shape, self.compute_dtype) for shape in args]
        with no_history():
            outputs = self.compute_output_spec(*inputs)
        return tree.map_structure(lambda x: x.shape, outputs)

    def compute_mask(self, inputs, previous_mask):
        """The mask of the outputs; by default that of the inputs."""
        return previous_mask

    def add_metric(self, *args, **kwargs):
        """A method of Keras 2. Make a metric in `__init__` and call its `update_state` in `call` instead."""
        raise NotImplementedError(
            "Layers have no `add_metric` since Keras 3. Set a metric as an attribute in `__init__` "
            "(`self.m = keras.metrics.Mean()`) and call `self.m.update_state(value)` in `call`."
        )

    def rematerialized_call(self, layer_call, *args, **kwargs):
        """`layer_call`, or what computes the same and keeps no intermediate values, if the layer was made in a
        `RematScope` that wants it for these inputs."""
        return rematerialized(self, layer_call, args, kwargs)

    def quantized_call(self, *args, **kwargs):
        """minikeras does not quantize: always raises NotImplementedError, as Keras's unquantized layers do."""
        raise NotImplementedError(f"Layer {type(self).__name__} is not quantized, and minikeras does not quantize.")

    def quantize(self, mode=None, type_check=True, config=None):
        """The same: always raises NotImplementedError, as Keras's layers without support do."""
        raise NotImplementedError(f"Layer {type(self).__name__} does not have a `quantize()` method implemented.")

    def quantized_build(self, input_shape, mode):
        """The same."""
        raise NotImplementedError(
            f"Layer {type(self).__name__} does not have a `quantized_build()` method implemented."
        )

    # --- parts of __call__ ----------------------------------------------------------------------------------------

    def _add_activity_losses(self, outputs):
        """Add the penalty of each output, a mean over the samples."""
        for output in tree.flatten(outputs):
            if isinstance(output, Tensor):
                loss = self.activity_regularizer(output)
                if output.ndim > 0:
                    loss = loss / output.shape[0] if output.shape[0] else loss * 0
                self.add_loss(loss)

    def _convert_inputs(self, args, kwargs):
        """Arrays become Tensors, and float tensors take the compute dtype."""
        if len(args) == 1 and not kwargs and type(args[0]) is Tensor and args[0].dtype == self.compute_dtype:
            return args, kwargs
        convert = self._convert
        args = tuple(
            [convert(x) if not isinstance(x, (list, tuple, dict)) else tree.map_structure(convert, x) for x in args]
        )
        return args, {name: tree.map_structure(convert, x) for name, x in kwargs.items()} if kwargs else kwargs

    def _convert(self, x):
        if isinstance(x, (np.ndarray, Variable)) or (
            hasattr(x, "__array__") and not isinstance(x, (Tensor, KerasTensor))
        ):
            x = x.read() if isinstance(x, Variable) else x
            x = x if isinstance(x, Tensor) else Tensor(self._cast_array(as_array(x)))
        if type(x) is Tensor and self.autocast and x.array.dtype.kind == "f" and x.dtype != self.compute_dtype:
            mask = getattr(x, "_keras_mask", None)
            x = Cast(self.compute_dtype)(x)
            if mask is not None:
                x._keras_mask = mask
        return x

    def _cast_array(self, array):
        wanted = self.compute_dtype
        if self.autocast and array.dtype.kind == "f" and array.dtype.name != wanted and is_float(wanted):
            return array.astype(wanted)
        return array

    def _cast_symbolic(self, x):
        if isinstance(x, KerasTensor) and self.autocast and is_float(x.dtype) and x.dtype != self.compute_dtype:
            return KerasTensor(x.shape, dtype=self.compute_dtype)
        return x

    def _resolve_training(self, signature, args, kwargs):
        """Training mode: what was passed, else what the outermost call was told, else the default of `call`."""
        training = kwargs.get("training")
        if training is None and signature.takes_training and len(args) > (n := signature.position("training")):
            return kwargs, args[n]
        if training is None:
            training = thread.training if thread.call_depth else None
        if training is None:
            training = signature.training_default
        if signature.takes_training:
            if training is not None or "training" in kwargs:
                kwargs = {**kwargs, "training": training}
        elif "training" in kwargs and not signature.takes_kwargs:
            kwargs = {name: value for name, value in kwargs.items() if name != "training"}
        return kwargs, training

    def _input_masks(self, signature, args, kwargs):
        """The masks that hang on the first argument's tensors; those that `call` takes are put into `kwargs`."""
        first = None
        for i, x in enumerate(args):
            masks = _masks_of(x)
            if masks is None:
                continue
            if i == 0:
                first = masks
            name = signature.names[i] if i < len(signature.names) else None
            parameter = signature.mask_names.get(name)
            if parameter is not None and kwargs.get(parameter) is None:
                kwargs[parameter] = masks
        return first

    def _makes_masks(self):
        return self.supports_masking and type(self).compute_mask is not Layer.compute_mask

    def _attach_masks(self, args, masks, outputs):
        if not self.supports_masking:
            warnings.warn(
                f"Layer '{self.name}' (of type {type(self).__name__}) was passed an input with a mask attached to it. "
                "However, this layer does not support masking and will therefore destroy the mask information. "
                "Downstream layers will not see the mask.",
                stacklevel=3,
            )
            return
        with no_history():
            computed = self.compute_mask(args[0], masks)
        flat = tree.flatten(outputs)
        flat_masks = [computed] if len(flat) == 1 and not isinstance(computed, (list, tuple)) else computed
        for output, mask in zip(flat, [None] * len(flat) if flat_masks is None else flat_masks, strict=False):
            if mask is not None and getattr(output, "_keras_mask", None) is None:
                output._keras_mask = mask

    def _build_for(self, signature, args, kwargs):
        """Call `build` with the shapes of the arguments."""
        names = _build_parameters(type(self).build)
        bound = signature.bind(args, kwargs)
        shapes = {}
        for name, value in bound.items():
            if any(hasattr(x, "shape") for x in tree.flatten(value)):
                shapes[f"{name}_shape"] = _shapes(value)
        if len(names) == 1 and names[0] not in shapes and shapes:
            shapes = {names[0]: next(iter(shapes.values()))}
        if self._builds_by_call():
            self._build_shapes = shapes or None
            return
        missing = [name for name in names if name not in shapes]
        if missing:
            raise ValueError(
                f"The arguments of `build` of layer '{self.name}' must be named after those of `call` with `_shape` "
                f"added. Received: build({', '.join(names)}) and call({', '.join(signature.names)})"
            )
        self.build(**{name: shapes[name] for name in names})

    def _builds_by_call(self):
        """Whether the class has no `build` of its own: its sub-layers are built when `call` first runs."""
        return type(self).build is Layer.build

    def _note_where(self, error, args):
        if args and len(getattr(error, "__notes__", ())) < 3:
            shapes = tree.map_structure(lambda x: getattr(x, "shape", x), args[0])
            error.add_note(
                f"This happened in layer '{self.name}' ({type(self).__name__}), input shape: {str(shapes)[:200]}"
            )

    def _check_initialized(self):
        if "built" not in self.__dict__:
            raise RuntimeError(
                f"In layer {type(self).__name__}, you forgot to call `super().__init__()` as the first statement in "
                "the `__init__()` method. Go add it!"
            )

    # --- properties and configuration -----------------------------------------------------------------------------

    @property
    def name(self):
        """The layer's name."""
        return self._name

    @property
    def path(self):
        """Where the layer's variables live, such as "sequential/dense"."""
        variables = self._known_variables()
        return variables[0].path.rpartition("/")[0] if variables else self.name

    @property
    def dtype_policy(self):
        """The `DTypePolicy`: in which dtype variables are kept and outputs computed. A name may be assigned."""
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value):
        self._dtype_policy = dtype_policies.get(value)

    @property
    def dtype(self):
        """The dtype of the variables."""
        return self._dtype_policy.variable_dtype

    @property
    def variable_dtype(self):
        """The dtype of the variables."""
        return self._dtype_policy.variable_dtype

    @property
    def compute_dtype(self):
        """The dtype of the computation."""
        return self._dtype_policy.compute_dtype

    @property
    def input_dtype(self):
        """The dtype to which float inputs are cast."""
        return self._dtype_policy.compute_dtype

    def get_config(self):
        """The constructor's arguments as a JSON-ready dict.

        Derived from `__init__`: each argument must be kept as an attribute of its name. A class that keeps one
        otherwise overrides this, starting from `super().get_config()`.
        """
        config = {"name": self.name, "trainable": self.trainable, "dtype": dtype_config(self.dtype_policy)}
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        cls = _class_with_config(type(self))
        if cls is None:
            return config  # the user's class adds its own arguments
        try:
            own = constructor_config(self, leave_out=(*config, "activity_regularizer", "autocast"), cls=cls)
        except NotImplementedError:
            own = _captured_config(self, config)
        return {**config, **own}

    @classmethod
    def from_config(cls, config):
        """Make a layer from what `get_config` returned."""
        try:
            return cls(**config)
        except TypeError as error:
            raise TypeError(
                f"A {cls.__name__} cannot be made of its config: {error}. If the class has constructor arguments of "
                "its own, `get_config` must contain them and `__init__` must take **kwargs."
            ) from error

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


class _LayerCall:
    """The state of the thread while one layer runs: name scope, training mode, autocast, depth."""

    __slots__ = ("autocast_dtype", "layer", "scopes", "training", "training_before")

    def __init__(self, layer, training):
        self.layer = layer
        self.training = training

    def __enter__(self):
        layer = self.layer
        self.scopes, self.training_before, self.autocast_dtype = (
            thread.name_scopes,
            thread.training,
            thread.autocast_dtype,
        )
        if thread.call_depth == 0:
            thread.call_number += 1
            object.__setattr__(layer, "_last_call", thread.call_number)
        thread.call_depth += 1
        thread.training = self.training
        scope = layer.__dict__.get("_scope")
        if scope is None:
            scope = name_scope(layer.name, caller=layer)
            object.__setattr__(layer, "_scope", scope)
        thread.name_scopes = [*self.scopes, scope]
        policy = layer._dtype_policy
        mixed = policy.compute_dtype != policy.variable_dtype and layer.autocast
        thread.autocast_dtype = policy.compute_dtype if mixed else None

    def __exit__(self, *error):
        thread.call_depth -= 1
        thread.name_scopes, thread.training, thread.autocast_dtype = (
            self.scopes,
            self.training_before,
            self.autocast_dtype,
        )


def _building(build):
    """Wrap a class's `build`: open the name scope, remember the shapes, mark the layer as built."""

    @wraps(build)
    def wrapper(self, *args, **kwargs):
        self._check_initialized()
        with name_scope(self.name, caller=self):
            build(self, *args, **kwargs)
        if self._build_shapes is None and (args or kwargs):
            names = _build_parameters(build)
            object.__setattr__(self, "_build_shapes", {**dict(zip(names, args, strict=False)), **kwargs})
        self.built = True
        if not self._trainable:
            self.trainable = False  # a layer frozen before it had weights

    return wrapper


@cache
def _build_parameters(build):
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [p.name for p in inspect.signature(build).parameters.values() if p.kind in named and p.name != "self"]


def _masks_of(x):
    """The masks on the tensors of one argument (nested like it), or None if there are none."""
    if isinstance(x, (Tensor, KerasTensor)):
        return getattr(x, "_keras_mask", None)
    if isinstance(x, (list, tuple, dict)):
        masks = tree.map_structure(lambda y: getattr(y, "_keras_mask", None), x)
        return masks if any(mask is not None for mask in tree.flatten(masks)) else None
    return None


def _shapes(x):
    """The shapes of one argument's tensors, nested like it."""
    if hasattr(x, "shape"):
        return tuple(x.shape)
    return tree.map_structure(lambda y: tuple(y.shape) if hasattr(y, "shape") else None, x)


def _keras_tensors(shapes, dtype):
    return tree.map_shape_structure(lambda shape: KerasTensor(shape, dtype=dtype), shapes)


def as_shape(nested):
    """Shapes as read from JSON (lists) as tuples, in dicts and lists of them too."""
    if isinstance(nested, dict):
        return {key: as_shape(value) for key, value in nested.items()}
    if isinstance(nested, (list, tuple)) and all(n is None or isinstance(n, int) for n in nested):
        return tuple(nested)
    return None if nested is None else [as_shape(item) for item in nested]


def _take_input_shape(kwargs):
    """Pop the old-style arguments that say the shape of a first layer's input."""
    input_dim, input_shape = kwargs.pop("input_dim", None), kwargs.pop("input_shape", None)
    batch_size, batch_shape = kwargs.pop("batch_size", None), kwargs.pop("batch_input_shape", None)
    if input_dim is not None:
        input_shape = (input_dim,)
    if input_shape is not None:
        input_shape = (input_shape,) if isinstance(input_shape, int) else tuple(input_shape)
        batch_shape = (batch_size, *input_shape)
    return None if batch_shape is None else tuple(batch_shape)


def refuse_fine_tuning(lora_rank, lora_alpha, quantization_config):
    """Raise if an argument of Keras's that minikeras has no use for is given.

    Raises:
        NotImplementedError: one is not None.
    """
    given = {"lora_rank": lora_rank, "lora_alpha": lora_alpha, "quantization_config": quantization_config}
    for name, value in given.items():
        if value is not None:
            raise NotImplementedError(f"minikeras has no LoRA and no quantization. Received: {name}={value}")


def _checked_name(name):
    if not isinstance(name, str) or "/" in name:
        raise ValueError(
            f"Argument `name` must be a string and cannot contain the character `/`. Received: name={name!r}"
        )
    return name


def _accepted_arguments(cls):
    names = [name for base in cls.__mro__ for name in _signature_names(base.__init__)]
    return [name for name in dict.fromkeys(names) if name not in ("self", "args", "kwargs")]


def _signature_names(function):
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []


@cache
def _class_with_config(cls):
    """The class whose constructor arguments the base `get_config` is to list.

    A class of the user's that writes its own `get_config` adds its own arguments there: then it is the class of ours
    below it, or None if that is Layer or Model, which have none of their own.
    """
    ours = next(base for base in cls.__mro__ if base.__module__.startswith("minikeras."))
    users = cls.__mro__[: cls.__mro__.index(ours)]
    if not any("get_config" in base.__dict__ for base in users):
        return cls
    return None if ours.__name__ in ("Layer", "Model", "Functional", "Sequential") else ours


def _captured_config(layer, known):
    """Constructor arguments as they were passed, for a class that does not keep them as attributes."""
    args, kwargs = layer._constructor_arguments
    try:
        bound = inspect.signature(type(layer).__init__).bind(layer, *args, **kwargs).arguments
        bound.update(bound.pop("kwargs", {}))
        return {k: serialize_keras_object(v) for k, v in bound.items() if k != "self" and k not in known}
    except (TypeError, ValueError) as error:
        raise NotImplementedError(
            f"Layer {type(layer).__name__} has constructor arguments that cannot be serialized, so it must define "
            "`get_config()` itself."
        ) from error
