"""`Layer`: weights, and a computation on tensors that uses them. The base of all layers and models."""

from minikeras import dtype_policies, regularizers, tree
from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.dtypes import is_float
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.name_scope import current_path
from minikeras.autodiff.operation import Operation, any_symbolic
from minikeras.autodiff.state import autocast, no_history, thread
from minikeras.autodiff.stateless_scope import ShapeInference
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.base.errors import InvalidArgumentError
from minikeras.base.limits import reads_config
from minikeras.base.messages import warn
from minikeras.base.naming import auto_name
from minikeras.base.replay import safe_to_replay
from minikeras.base.suggestions import did_you_mean
from minikeras.dtype_policies.dtype_policy_map import DTypePolicyMap
from minikeras.layers.call_context import CallContext
from minikeras.layers.call_signature import call_signature
from minikeras.layers.input_spec import assert_input_compatibility, check_kinds
from minikeras.layers.layer_arguments import accepted_arguments, checked_trainable, take_input_shape
from minikeras.layers.layer_building import (
    as_shape,
    build_parameters,
    building,
    optional_parameters,
    shapes_for_rule,
    shapes_of,
    wrong_names,
)
from minikeras.layers.layer_config import captured_config, config_of, layer_from_config
from minikeras.layers.layer_inputs import (
    ONLY_TRAINING,
    add_activity_losses,
    add_location_note,
    attach_masks,
    cast_symbolic,
    check_positional,
    first_argument,
    has_mask,
    input_masks,
    resolve_training,
    with_context_arguments,
)
from minikeras.layers.layer_state import LayerState
from minikeras.layers.notebook_view import layer_html
from minikeras.layers.unknown_lengths import output_spec_of_call
from minikeras.serialization import dtype_config


class Layer(LayerState, Operation):
    """A computation with weights of its own.

    Subclasses create their weights in `build(input_shape)` with `add_weight` and compute in `call(inputs)`:

        class Scale(Layer):
            def build(self, input_shape):
                self.scale = self.add_weight(shape=input_shape[-1:], initializer="ones")

            def call(self, inputs):
                return inputs * self.scale

    Args:
        activity_regularizer: a regularizer of the outputs; `fit` adds its penalty, averaged over the samples.
        trainable: whether training changes the weights.
        dtype: dtype or policy ("mixed_float16") of computation and weights.
        autocast: whether float inputs are cast to the compute dtype.
        name: the layer's name, unique in a model; derived from the class's name if None.
    """

    # Class-level defaults, which subclasses may override; `__init__` sets them again on each instance.
    supports_masking = False
    input_spec = None

    _accepted_kinds = None  # NumPy's dtype kinds that the first argument of `call` may have, such as "fiu"; None: any
    _kind_error = InvalidArgumentError  # raised for other kinds
    _quantization = None  # the `QuantizedWeight` of a quantized layer
    _accepted_inputs = None  # the `input_spec`, shape and dtype of an input that was found to fit
    _is_building = False  # whether `build` is running; a class's `build` may call its base's
    _call_context_args = ONLY_TRAINING  # the arguments that hold for a whole call of the outermost layer
    _convert_input_args = True  # whether arrays become Tensors, and floats are cast to the compute dtype
    _allow_non_tensor_positional_args = False  # whether arguments that are not tensors may be passed by position
    _losses_of_call = -1  # number of the outermost call in which `_losses` were added
    _last_call = -1  # number of the last outermost call of this layer

    def __new__(cls, *args, **kwargs):
        instance = object.__new__(cls)
        object.__setattr__(instance, "_constructor_arguments", (args, kwargs))
        return instance

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = building(cls.__dict__["build"])

    def __init__(self, *, activity_regularizer=None, trainable=True, dtype=None, autocast=True, name=None, **kwargs):
        Operation.__init__(self, name=auto_name(type(self).__name__) if name is None else name)
        self._input_shape_arg = take_input_shape(kwargs)
        if kwargs:
            raise ValueError(
                f"Unrecognized keyword arguments passed to {type(self).__name__}: {kwargs}."
                + did_you_mean(next(iter(kwargs)), accepted_arguments(type(self)))
            )
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.dtype_policy = dtype
        self.autocast = autocast
        self.input_spec = None
        self.supports_masking = type(self).compute_mask is not Layer.compute_mask
        self.built = False
        self._trainable = checked_trainable(trainable)
        self._losses = []
        self._build_shapes = None
        self._path = None  # set when it is built
        self.supports_jit = True

    # --- calling --------------------------------------------------------------------------------------------------

    def call(self, *args, **kwargs):
        """Compute the outputs from the inputs."""
        raise NotImplementedError(
            f"{'Model' if hasattr(self, 'fit') else 'Layer'} {type(self).__name__} does not have a `call` method "
            "implemented. Define `def call(self, inputs): ...` in the class."
        )

    def __call__(self, *args, **kwargs):
        """Convert the inputs, build the layer on its first call, run `call`, record its losses and masks."""
        if "built" not in self.__dict__:
            self._check_initialized()
        is_plain = len(args) == 1 and type(args[0]) is Tensor  # the usual case, for speed
        if kwargs:
            is_plain = is_plain and len(kwargs) == 1 and type(kwargs.get("training")) is bool
        if not is_plain or args[0].dtype != self._compute_dtype:
            args, kwargs = self._convert_inputs(args, kwargs)
            is_plain = is_plain and type(args[0]) is Tensor
        if self._call_context_args is not ONLY_TRAINING:
            kwargs, is_plain = with_context_arguments(self, args, kwargs), False
        if not is_plain:
            check_positional(self, args)
            if any_symbolic(args, kwargs):
                return self._call_symbolically(args, kwargs)
        for layer_begins in thread.layer_begins:
            layer_begins(self, args, kwargs)
        signature = call_signature(type(self).call)
        kwargs, training = resolve_training(signature, args, kwargs)
        no_masks = is_plain and args[0]._keras_mask is None
        masks = None if no_masks else input_masks(signature, args, kwargs)
        with CallContext(self, training):
            try:
                self._check_and_build(signature, args, kwargs)
                if self._remat_mode is None:
                    outputs = self.call(*args, **kwargs)
                else:
                    outputs = self.rematerialized_call(self.call, *args, **kwargs)(*args, **kwargs)
                if not self.built:
                    self._end_build()
            except Exception as error:
                add_location_note(self, error, args)
                raise
            if self.activity_regularizer is not None:
                add_activity_losses(self, outputs)
        if (masks is not None and has_mask(masks)) or self._makes_masks():
            attach_masks(self, first_argument(signature, args, kwargs), masks, outputs)
        for layer_ended in thread.layer_ended:
            layer_ended(self, outputs)
        return outputs

    def _call_symbolically(self, args, kwargs):
        """`__call__` for symbolic tensors: add a node to the graph instead of running `call`."""
        passed = dict(kwargs)  # the node stores the user's arguments, not the converted ones
        signature = call_signature(type(self).call)
        kwargs, training = resolve_training(signature, args, kwargs)
        masks = input_masks(signature, args, kwargs)
        if masks is None and signature.takes_mask and len(args) == 1:
            passed.setdefault("mask", None)  # as in Keras's files
        with CallContext(self, training):
            try:
                self._check_and_build(signature, args, kwargs)
                outputs = self.symbolic_call(*args, **passed)
                if not self.built:
                    self._end_build()
            except Exception as error:
                add_location_note(self, error, args)
                raise
        if (masks is not None and has_mask(masks)) or self._makes_masks():
            attach_masks(self, first_argument(signature, args, kwargs), masks, outputs)
        return outputs

    def _check_and_build(self, signature, args, kwargs):
        if self._accepted_kinds is not None and args:
            check_kinds(self, args[0], signature.names[0], self._accepted_kinds)
        if self.input_spec is not None and args:
            x = args[0]
            known = (self.input_spec, x.shape, x.dtype) if type(x) is Tensor else None
            if known is None or known != self._accepted_inputs:  # what was accepted once is not checked again
                assert_input_compatibility(self.input_spec, x, self)
                vars(self)["_accepted_inputs"] = known
        if not self.built:
            self._build_for(signature, args, kwargs)

    def _end_build(self):
        """Mark a layer that creates its weights in `call` as built, after its first call."""
        self.built = True
        self._lock_state()

    def compute_output_spec(self, *args, **kwargs):
        """KerasTensors like what `call` would return: by `compute_output_shape` if the class has it, else by running
        `call` on symbolic tensors."""
        if type(self).compute_output_shape is not Layer.compute_output_shape:
            shape = self.compute_output_shape(**shapes_for_rule(self, args, kwargs))
            return _keras_tensors(shape, self.compute_dtype)
        args, kwargs = tree.map_structure(lambda x: cast_symbolic(self, x), (args, kwargs))
        with_masks = dict(kwargs)
        input_masks(call_signature(type(self).call), args, with_masks)
        for name in with_masks.keys() - kwargs.keys():
            kwargs[name] = with_masks[name]
        with no_history(), ShapeInference():
            return output_spec_of_call(self.call, args, kwargs)

    def _spec_like(self, x):
        """The symbolic output of a layer that only moves elements: it has the dtype of `x`, and is sparse if `x` is."""
        return KerasTensor(self.compute_output_shape(x.shape), dtype=cast_symbolic(self, x).dtype, sparse=x.sparse)

    def compute_output_shape(self, *args, **kwargs):
        """The output shape for an input shape (None: unknown length).

        Raises:
            NotImplementedError: a custom layer does not define this method, as in Keras. (To call the layer on symbolic
                tensors, the method is not needed: `call` is run on them.)
        """
        call = type(self).call
        if call is Layer.call or not str(getattr(call, "__module__", None)).startswith("minikeras."):
            raise NotImplementedError(
                f"Layer '{self.name}' ({type(self).__name__}) does not have a `compute_output_shape` method "
                "implemented. Define `def compute_output_shape(self, input_shape): ...` in the class."
            )
        inputs = [_keras_tensors(shape, self.compute_dtype) for shape in args]
        with no_history():
            outputs = self.compute_output_spec(*inputs)
        return tree.map_structure(lambda x: x.shape, outputs)

    def add_metric(self, *args, **kwargs):
        """Raise: this method of Keras 2 is gone. Create a metric in `__init__`, call its `update_state` in `call`."""
        raise NotImplementedError(
            "`add_metric()` is deprecated, and gone since Keras 3. Set a metric as an attribute in `__init__` "
            "(`self.m = keras.metrics.Mean()`) and call `self.m.update_state(value)` in `call`."
        )

    def rematerialized_call(self, layer_call, *args, **kwargs):
        """`layer_call`, or a version that recomputes intermediate values in the backward pass if the layer was created
        in a `RematScope` that covers these inputs."""
        return Operation.rematerialized_call(self, layer_call, *args, **kwargs)

    def quantized_call(self, *args, **kwargs):
        """Compute the outputs with quantized weights. Layers that can be quantized override it.

        Raises:
            NotImplementedError
        """
        raise NotImplementedError(f"Layer '{self.name}' ({type(self).__name__}) is not quantized.")

    def quantize(self, mode=None, type_check=True, config=None):
        """Quantize the weights: store them in fewer bits. Dense, EinsumDense and embeddings override it.

        Raises:
            NotImplementedError
        """
        raise _not_quantizable(self, "quantize")

    def quantized_build(self, input_shape, mode):
        """Create the Variables of quantized weights. The same layers override it.

        Raises:
            NotImplementedError
        """
        raise _not_quantizable(self, "quantized_build")

    # --- building -----------------------------------------------------------------------------------------------------

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

    def _build_for(self, signature, args, kwargs):
        """Call `build` with the shapes of the arguments."""
        names = build_parameters(type(self).build)
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
        optional = optional_parameters(type(self).build)
        names = [name for name in names if name in shapes or name not in optional]
        missing = [name for name in names if name not in shapes]
        if missing and not shapes:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) has no shape to be built for: it received no tensor, but "
                f"{', '.join(f'{name}={value!r}' for name, value in bound.items())[:200]}"
            )
        if missing:
            raise wrong_names(self, names, signature.names)
        with autocast(None):  # in `build`, weights keep their own dtype
            self.build(**{name: shapes[name] for name in names})

    def _builds_by_call(self):
        """Whether the class does not override `build`: its sub-layers are built when `call` first runs."""
        return type(self).build is Layer.build

    # --- parts of __call__ --------------------------------------------------------------------------------------------

    def _convert_inputs(self, args, kwargs):
        """Convert arrays to Tensors, and float tensors to the compute dtype."""
        convert = self._convert
        if len(args) == 1 and type(args[0]) is Tensor:  # the usual case
            if args[0].dtype != self._compute_dtype:
                args = (convert(args[0]),)
        elif not self._convert_input_args:
            return args, kwargs
        else:
            args = tuple(
                [convert(x) if not isinstance(x, (list, tuple, dict)) else tree.map_structure(convert, x) for x in args]
            )
        for name, x in kwargs.items():
            if x is not None and type(x) is not bool and self._convert_input_args:  # most are `training` or no mask
                kwargs[name] = tree.map_structure(convert, x)
        return args, kwargs

    @safe_to_replay("it looks at the dtype only, and wraps other arrays in a Tensor unchanged")
    def _convert(self, x):
        if type(x) is not Tensor:
            if hasattr(x, "__array__") and not isinstance(x, (Tensor, KerasTensor)):
                x = x.read() if isinstance(x, Variable) else Tensor(self._array_of(x))
            elif hasattr(type(x), "apply_op") and self.autocast and is_float(x.dtype) and x.dtype != self.compute_dtype:
                x = Cast(self.compute_dtype)(x)  # a SparseTensor or RaggedTensor
        if (
            type(x) is Tensor
            and x.array.dtype.kind in "fV"
            and x.dtype != self._compute_dtype
            and self.autocast
            and is_float(x.dtype)  # kind "V" has both bfloat16 and int4
            and self._convert_input_args
        ):
            mask = getattr(x, "_keras_mask", None)
            x = Cast(self.compute_dtype)(x)
            if mask is not None:
                x._keras_mask = mask
        return x

    def _array_of(self, x):
        array, wanted = as_array(x, None, f"an input of layer '{self.name}'"), self._compute_dtype
        if self.autocast and array.dtype.kind in "fV" and array.dtype.name != wanted and is_float(wanted):
            return array.astype(wanted)
        return array

    @property
    def _call_has_training_arg(self):
        return call_signature(type(self).call).takes_training

    def _register_call_context_args(self, *names):
        """Make `names` arguments that hold for a whole call of the outermost layer, as `training` does.

        The layer can then be called with them whether or not its `call` has such parameters, and an inner layer that
        registered them too receives their values unless it is passed others. (Keras documents this method for custom
        layers.)

        Raises:
            RuntimeError: the layer has already been called.
        """
        if "_scope" in self.__dict__:
            raise RuntimeError(
                f"Cannot add call-context args to layer '{self.name}' after it has been called. Received: {names}. "
                "Register them in `__init__`, or before the first call."
            )
        self._call_context_args = self._call_context_args.union(names)

    def compute_mask(self, inputs, previous_mask):
        """The mask of the outputs; by default that of the inputs."""
        return previous_mask

    def _makes_masks(self):
        return type(self).compute_mask is not Layer.compute_mask and self.supports_masking

    def _check_initialized(self):
        if "built" not in self.__dict__:
            raise RuntimeError(
                f"The `__init__` of layer {type(self).__name__} must call `super().__init__()` before anything else. "
                "Add that line at its beginning."
            )

    @property
    def call_signature_parameters(self):
        """The names of the parameters of `call`."""
        return list(call_signature(type(self).call).signature.parameters)

    # --- config -------------------------------------------------------------------------------------------------------

    def get_config(self):
        """The constructor's arguments as a JSON-ready dict.

        Derived from `__init__`: each argument must be stored in an attribute of the same name. A class that stores an
        argument in another form overrides this method and starts from `super().get_config()`.
        """
        return config_of(self)

    def _own_config(self):
        """The arguments that all layers have."""
        config = {"name": self.name, "trainable": self.trainable, "dtype": dtype_config(self.dtype_policy)}
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return config

    def _captured_config(self):
        """The arguments that the constructor of a user's class was called with."""
        return captured_config(self)

    @classmethod
    @reads_config
    def from_config(cls, config):
        """Create a layer from the result of `get_config`. The constructor gets the dtype policy, or its name."""
        return layer_from_config(cls, config)

    # --- name and dtype -------------------------------------------------------------------------------------------

    @property
    def name(self):
        """The layer's name. Renaming a layer does not change the paths of its existing variables."""
        return self._name

    @name.setter
    def name(self, name):
        self._name = name

    @property
    def path(self):
        """The path prefix of the layer's variables, such as "sequential/dense"; None before it is built."""
        variables = self._known_variables()
        return variables[0].path.rpartition("/")[0] if variables else self._path

    @property
    def dtype_policy(self):
        """The `DTypePolicy`: the dtypes of variables and of the computation. A name may be assigned."""
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value):
        policy = dtype_policies.get(value)
        is_built = self.__dict__.get("built")
        if is_built and policy.quantization_mode is not None and self._quantization is None:
            self._quantize_as(policy)
        if is_built and isinstance(self._dtype_policy, DTypePolicyMap) and not isinstance(policy, DTypePolicyMap):
            self._dtype_policy[self.path] = policy  # other layers may share the map
        else:
            self._dtype_policy = policy
        self._use_policy(policy)
        if is_built:
            self._use_policy_at(self.path)

    def _quantize_as(self, policy):
        """Quantize the weights of a built layer to which a quantized policy was assigned."""
        if policy.quantization_mode == "gptq":
            raise ValueError(
                f"Implicitly enabling GPTQ quantization of layer '{self.name}' by a policy is not supported, as GPTQ "
                f"needs data to calibrate on. Call `quantize('gptq', config=GPTQConfig(…))`. Received: {policy.name!r}"
            )
        self.quantize(policy.quantization_mode)

    def _use_policy_at(self, path):
        """If the policy is a map, use its entry for the layer at this path. Called when the layer is built."""
        if isinstance(self._dtype_policy, DTypePolicyMap):
            self._use_policy(self._dtype_policy[path])
            if thread.call_depth:  # the first call is building the layer
                thread.autocast_dtype = self._compute_dtype if self._is_mixed and self.autocast else None

    def _use_policy(self, policy):
        self._own_policy = policy
        self._compute_dtype = policy.compute_dtype
        self._is_mixed = policy.compute_dtype != policy.variable_dtype

    @property
    def quantization_mode(self):
        """ "int8", "int4", "float8", "gptq" or "awq" if the layer is quantized, else None."""
        return self._own_policy.quantization_mode

    @property
    def dtype(self):
        """The dtype of the variables."""
        return self._own_policy.variable_dtype

    @property
    def variable_dtype(self):
        """The dtype of the variables."""
        return self._own_policy.variable_dtype

    @property
    def compute_dtype(self):
        """The dtype of the computation."""
        return self._compute_dtype

    @property
    def input_dtype(self):
        """The dtype to which float inputs are cast."""
        return self._compute_dtype

    def _repr_html_(self):
        return layer_html(self)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _not_quantizable(layer, method):
    name = type(layer).__name__
    return NotImplementedError(f"Layer {name} does not have a `{method}` method implemented, so it keeps its weights.")


def _keras_tensors(shapes, dtype):
    return tree.map_shape_structure(lambda shape: KerasTensor(shape, dtype=dtype), shapes)
