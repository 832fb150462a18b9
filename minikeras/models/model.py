"""`Model`: a layer with `compile`, `fit`, `evaluate`, `predict`, `summary`, `save`."""

import inspect
import json

from minikeras import saving, tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import any_symbolic
from minikeras.autodiff.state import no_history
from minikeras.base.limits import parse_json, reads_config
from minikeras.base.suggestions import did_you_mean
from minikeras.layers.call_signature import call_signature
from minikeras.layers.layer import Layer
from minikeras.layers.layer_building import as_shape
from minikeras.layers.layer_config import not_serializable
from minikeras.models.quantization import quantize_layers
from minikeras.models.removed_members import REMOVED, missing_member
from minikeras.models.state_tree import assign_state_tree, state_tree_of
from minikeras.models.strategy import REPLICAS
from minikeras.saving.traversal import register_model_kind
from minikeras.serialization import deserialize_keras_object, serialize_keras_object
from minikeras.trainers.nan_watch import diagnosis
from minikeras.trainers.trainer import Trainer
from minikeras.utils.plotting.diagram import Options, diagram_of
from minikeras.utils.plotting.svg import INHERITED, as_svg
from minikeras.utils.summary import print_summary

_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Model(Trainer, Layer):
    """A layer that combines others, with methods to train, evaluate and save it.

    There are three ways to create one:

    - `Model(inputs, outputs)` from symbolic tensors (see `Functional`);
    - a subclass that creates layers in `__init__` and runs them in `call`;
    - `Sequential([layers])`.
    """

    _functional_class = None  # `Functional`, which is a Model and so is defined after it: functional.py registers it

    def __new__(cls, *args, **kwargs):
        if cls is Model and _is_functional(args, kwargs):
            return Layer.__new__(Model._functional_class, *args, **kwargs)
        return Layer.__new__(cls, *args, **kwargs)

    def __init__(self, *args, **kwargs):
        functional = Model._functional_class
        if _is_functional(args, kwargs) and not isinstance(self, functional):
            # a subclass that calls super().__init__(inputs, outputs): its instance becomes a functional model
            cls = type(self)
            members = {"__module__": cls.__module__, "_class_in_files": cls}
            self.__class__ = type(cls.__name__, (cls, functional), members)
            functional.__init__(self, *args, **kwargs)
            return
        if isinstance(self, functional) and args:
            functional.__init__(self, *args, **kwargs)
            return
        if args:
            error = ValueError if len(args) == 2 else TypeError
            raise error(f"Model() takes symbolic inputs and outputs, or nothing. Received: {str(args)[:200]}")
        Trainer.__init__(self)
        Layer.__init__(self, **kwargs)

    def __getattr__(self, name):  # called only for missing attributes
        if name in REMOVED:
            raise missing_member(self, name)
        if name == "optimizer":
            raise AttributeError(
                f"Model '{self.name}' has no `optimizer` before `model.compile(optimizer=…)`.", name=name
            )
        return object.__getattribute__(self, name)  # raises again, also errors of a property

    def _captured_config(self):
        """The captured arguments, as in Keras only for a subclass whose constructor needs no arguments.

        Raises:
            NotImplementedError: the constructor has parameters without a default.
        """
        for parameter in call_signature(type(self).__init__).signature.parameters.values():
            if parameter.default is parameter.empty and parameter.kind not in _VARIADIC:
                raise not_serializable(self, f"`{parameter.name}` of a model has no default")
        return super()._captured_config()

    # --- devices --------------------------------------------------------------------------------------------------

    @property
    def distribute_strategy(self):
        """How training is distributed: on one process, or on all that MPI started."""
        return REPLICAS

    @property
    def distribute_reduction_method(self):
        """How the outputs of several devices are joined, "auto" unless set; on one device it has no effect."""
        return self.__dict__.get("_distribute_reduction_method", "auto")

    @distribute_reduction_method.setter
    def distribute_reduction_method(self, value):
        self._distribute_reduction_method = value

    def get_quantization_layer_structure(self, mode=None):
        """The structure for block-by-block quantization; None unless a subclass overrides it, as models in Keras do."""

    def quantize(self, mode=None, config=None, filters=None, **kwargs):
        """Quantize the weights of Dense, EinsumDense and embedding layers.

        Compile the model again before you train it: quantized weights are not trained.

        Args:
            mode: "int8", "int4" or "float8"; "gptq" or "awq", with a config that has the data to calibrate on.
            config: a `keras.quantizers.QuantizationConfig`, instead of the mode or with the same mode.
            filters: selects the layers: a regular expression to search for in their names, a list of such expressions,
                or a function of a layer. All layers if None.
            **kwargs: `type_check=False` also quantizes layers of custom classes derived from these.

        Raises:
            ValueError: an argument is unknown or invalid, or the model is not built or already quantized.
        """
        type_check = kwargs.pop("type_check", True)
        if kwargs:
            raise ValueError(f"`quantize` received unknown arguments: {sorted(kwargs)}")
        quantize_layers(self, mode, config, filters, type_check)
        self.train_function = self.test_function = self.predict_function = None

    # --- layers ---------------------------------------------------------------------------------------------------

    @property
    def layers(self):
        """The layers directly in this model."""
        return self._flatten_layers(include_self=False, recursive=False)

    @layers.setter
    def layers(self, layers):
        raise AttributeError("`Model.layers` attribute is reserved for the model's layers. Choose another name.")

    def get_layer(self, name=None, index=None):
        """The layer with this name, or at this index of `layers`.

        Raises:
            ValueError: there is no such layer, or not exactly one of the arguments was given.
        """
        if (name is None) == (index is None):
            raise ValueError(
                f"`get_layer` takes a `name` or an `index`, not both. Received: index={index}, name={name}"
            )
        layers = self.layers
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(f"The model has {len(layers)} layers. Received: index={index}")
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in layers]
        raise ValueError(
            f"No such layer: {name}.{did_you_mean(name, names)} Existing layers are: {', '.join(names[:30])}"
        )

    def build(self, input_shape):
        """Create all weights by running `call` on symbolic inputs of this shape (nested shapes for several inputs).

        A model without `call`, which has its own `train_step`, is considered built if its layers are.
        """
        if type(self).call is Layer.call and self.layers and all(layer.built for layer in self.layers):
            return
        inputs = tree.map_shape_structure(lambda shape: KerasTensor(shape), as_shape(input_shape))
        with no_history():
            try:
                self(inputs)
            except NotImplementedError:
                raise
            except Exception as error:
                error.add_note(
                    f"Model '{self.name}' could not be built by calling it on symbolic inputs of shape {input_shape}. "
                    "Call it on a batch of real data instead."
                )
                raise

    def _builds_by_call(self):
        return type(self).build is Model.build

    def summary(
        self,
        line_length=None,
        positions=None,
        print_fn=None,
        expand_nested=False,
        show_trainable=False,
        layer_range=None,
        *,
        show_cost=False,
    ):
        """Print a table of the layers, their output shapes and parameter counts.

        Args:
            line_length: width of the table.
            positions: relative positions of the columns' right edges.
            print_fn: called with the text in place of `print`.
            expand_nested: whether to show the layers of inner models.
            show_trainable: whether to add a column that shows which layers are trained.
            layer_range: two layer names (or regular expressions): the first and last to show.
            show_cost: whether to add columns with the FLOPs, bytes of activations and time of each layer per sample.
        """
        print_summary(
            self,
            line_length=line_length,
            positions=positions,
            print_fn=print_fn,
            expand_nested=expand_nested,
            show_trainable=show_trainable,
            layer_range=layer_range,
            show_cost=show_cost,
        )

    def _repr_html_(self):
        if not self.built:
            return super()._repr_html_()
        picture = as_svg(diagram_of(self, Options(show_shapes=True, show_layer_names=True)), dpi=64, colors=INHERITED)
        return f'<div style="overflow:auto;max-height:640px">{picture}</div>'

    def explain_step(
        self,
        x,
        y=None,
        sample_weight=None,
        class_weight=None,
        budget=50_000_000,
        input_gradients=True,
        plan=False,
    ):
        """Record one training step, every layer, op, gradient and update with its values. The model does not change.

        Args:
            x, y, sample_weight, class_weight: one batch, as for `train_on_batch`.
            budget: bytes of arrays to keep. Arrays beyond it are kept in part, or as statistics only.
            input_gradients: whether to compute d loss / d x too, which a training step does not need.
            plan: whether to compile a plan of this step, so that the page shows which ops it fuses. (An existing plan
                is always shown.)

        Returns:
            A `Trace`: `trace.layers["dense"].gradient`, `trace.ops`, `trace.save_html("step.html")`.
        """
        from minikeras.tools.tracing import explain_step  # imported on demand, to keep `import minikeras` fast

        self._require_compiled("explain_step")
        return explain_step(self, x, y, sample_weight, class_weight, budget, input_gradients, plan)

    def diagnose(
        self,
        x,
        y=None,
        *,
        validation_data=None,
        validation_split=0.0,
        batch_size=None,
        class_weight=None,
        shuffle=True,
        verbose=1,
    ):
        """Look for typical mistakes in the model, its `compile` arguments and its data; print a sentence for each.

        Nothing is printed when all is well. Weights, seeds and the optimizer are restored afterwards.

        Args:
            x, y, validation_data, validation_split, batch_size, class_weight, shuffle: arrays and settings as in `fit`;
                samples beyond the first 512 are only looked at where it takes no computation by the model.
            verbose: 0 to print nothing.

        Returns:
            A list of `Diagnosis`, named tuples (name, sentence).
        """
        self._require_compiled("diagnose")
        return diagnosis().diagnose(
            self,
            x,
            y,
            validation_data=validation_data,
            validation_split=validation_split,
            batch_size=batch_size,
            class_weight=class_weight,
            shuffle=shuffle,
            verbose=verbose,
        )

    def why_differs(self, x, y, *, batch_size=32, shuffle=True, sample_weight=None, class_weight=None):
        """Why the loss that `fit` prints differs from that of `evaluate` on the same data.

        One epoch is trained from the current state, and the state is restored afterwards.

        Args:
            x, y, batch_size, sample_weight, class_weight: arrays and settings as for `fit`. `evaluate` gets no weights.
            shuffle: whether the epoch's rows come in a different order than those of `evaluate`.

        Returns:
            A `LossGap`, which prints as a table: both losses, and parts that add up to their difference.

        Raises:
            ValueError: the model has a `train_step` of its own.
        """
        self._require_compiled("why_differs")
        return diagnosis().loss_gap(self, x, y, batch_size, shuffle, sample_weight, class_weight)

    def save(self, filepath, overwrite=True, zipped=None, **kwargs):
        """Write the whole model to a ".keras" file, from which training can continue. See `saving.save_model`."""
        return saving.save_model(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(self, filepath, overwrite=True, max_shard_size=None):
        """Write the weights and the optimizer's state to a ".weights.h5" file. See `saving.save_weights`."""
        saving.save_weights(self, filepath, overwrite=overwrite, max_shard_size=max_shard_size)

    def load_weights(self, filepath, skip_mismatch=False, **kwargs):
        """Set the weights from a file: all of them, or none if one does not match. See `saving.load_weights`."""
        saving.load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    def export(self, filepath, format="tf_saved_model", verbose=None, input_signature=None, **kwargs):
        """Write the model's inference as a SavedModel or ONNX file for other programs: see `exporting/formats.py`."""
        from minikeras.exporting.formats import export_model  # imported on demand, likewise

        export_model(self, filepath, format, verbose, input_signature, **kwargs)

    def get_state_tree(self, value_format="backend_tensor"):
        """All variables as nested dicts: {"trainable_variables": {"dense": {"kernel": …}}, "optimizer_variables": …}.

        Args:
            value_format: "backend_tensor" or "numpy_array".
        """
        return state_tree_of(self, value_format)

    def set_state_tree(self, state_tree):
        """Set the variables from the result of `get_state_tree`; those that it lacks do not change."""
        assign_state_tree(self, state_tree)

    def to_json(self, **kwargs):
        """The architecture, without weights, as JSON text. Keyword arguments go to `json.dumps`."""
        return json.dumps(serialize_keras_object(self), **kwargs)

    @classmethod
    @reads_config
    def from_config(cls, config, custom_objects=None):
        """Create a model from the result of `get_config`."""
        functional = Model._functional_class
        if {"layers", "input_layers", "output_layers"} <= set(config) and not issubclass(cls, functional):
            return functional.rebuilt(cls, config, custom_objects)
        return super().from_config(config)


def _is_functional(args, kwargs):
    return (
        (len(args) >= 2 and any_symbolic(args[:2]))
        or (len(args) == 1 and "outputs" in kwargs)
        or ("inputs" in kwargs and "outputs" in kwargs)
    )


register_model_kind(Model, lambda: Model(name="plain"))


def model_from_json(json_string, custom_objects=None):
    """A model with the architecture that `model.to_json()` returned and newly initialized weights.

    Raises:
        ValueError: the text is not JSON, or is too large (see `keras.config.set_loading_limits`).
    """
    return deserialize_keras_object(parse_json(json_string), custom_objects=custom_objects)
