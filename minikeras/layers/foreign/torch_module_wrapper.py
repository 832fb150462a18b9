"""`TorchModuleWrapper`: a PyTorch module as a layer."""

import base64
import copy
import io
from functools import partial

import numpy as np

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor
from minikeras.base.limits import reads_config
from minikeras.base.optional_packages import optional_module
from minikeras.base.replay import unsafe_to_replay
from minikeras.layers.foreign.foreign_call import foreign_results
from minikeras.layers.layer import Layer
from minikeras.serialization import in_safe_mode

_torch = partial(optional_module, "torch", "TorchModuleWrapper")


class TorchModuleWrapper(Layer):
    """outputs = module(*inputs), computed and differentiated by PyTorch; the module's parameters are Variables here.

        layer = keras.layers.TorchModuleWrapper(torch.nn.Linear(4, 3))

    The Variables hold the weights: an optimizer or `set_weights` changes them, and `layer.module` has their values
    whenever it is read. Buffers, such as a batch normalization's statistics, stay in the module, and are saved with it.
    The step is not replayed as a plan. Only first-order gradients are available.

    Args:
        module: a `torch.nn.Module` on the CPU whose parameters exist (call a lazy module once first).
        name: of the layer.
        output_shape: the shape of the output; found by running the module on tensors without values if None.

    Call arguments: those of `module.forward`. `training` selects `module.train()` or, if False, `module.eval()`.

    Raises:
        ImportError: PyTorch is not installed.
        ValueError: a lazy module without parameters.
    """

    _not_tracked = frozenset({*Layer._not_tracked, "_module"})

    def __init__(self, module, name=None, output_shape=None, **kwargs):
        torch = _torch()
        super().__init__(name=name, **kwargs)
        if isinstance(module, torch.nn.modules.lazy.LazyModuleMixin) and module.has_uninitialized_params():
            raise ValueError(
                f"The parameters of the lazy module given to TorchModuleWrapper '{self.name}' do not exist yet. "
                f"Received: module={module}. Call it once on a tensor first."
            )
        self._module = module.to("cpu")
        self.output_shape = output_shape
        self.autocast = False
        self._parameter_variables = [self._variable_of(p) for p in module.parameters()]
        self.built = True

    def _variable_of(self, parameter):
        array = parameter.detach().numpy()
        return self.add_weight(
            array.shape,
            initializer=lambda shape, dtype: Tensor(np.array(array)),
            dtype=array.dtype.name,
            trainable=parameter.requires_grad,
        )

    @property
    def module(self):
        """The PyTorch module, with the current values of the layer's weights."""
        torch = _torch()
        with torch.no_grad():
            for parameter, variable in zip(self._module.parameters(), self._parameter_variables, strict=True):
                if not np.array_equal(parameter.numpy(), variable.array):  # PyTorch counts writes, for its gradients
                    parameter.copy_(torch.tensor(variable.array))
        return self._module

    def parameters(self, recurse=True):
        """The module's parameters, as its own method of this name returns them."""
        return self.module.parameters(recurse=recurse)

    # --- calling --------------------------------------------------------------------------------------------------

    @unsafe_to_replay("PyTorch computes in it")
    def call(self, *args, training=None, **kwargs):
        torch = _torch()
        module = self.module.train(training is not False)
        weights = [variable.read() for variable in self._parameter_variables]
        inputs = [x for x in tree.flatten((args, kwargs)) if isinstance(x, Tensor)]
        of_torch = {id(x): torch.tensor(x.array) for x in inputs}
        watches = bool(thread.tapes)
        for x in of_torch.values():
            x.requires_grad_(watches and x.is_floating_point())
        args, kwargs = tree.map_structure(lambda x: of_torch.get(id(x), x), (args, kwargs))
        with torch.set_grad_enabled(watches):
            outputs = module(*args, **kwargs)
        flat = tree.flatten(outputs)
        sources = [*of_torch.values(), *module.parameters()]
        tensors = [*{id(x): x for x in inputs}.values(), *weights]
        pullback = _pullback(torch, flat, sources) if watches else None
        results = foreign_results("PyTorch", tensors, [np.array(y.detach().numpy()) for y in flat], pullback)
        return tree.pack_sequence_as(outputs, results)

    def compute_output_spec(self, *args, training=None, **kwargs):
        if self.output_shape is not None:
            return KerasTensor(self.output_shape, dtype=self.compute_dtype)
        torch = _torch()
        module = copy.deepcopy(self._module).to("meta").train(training is not False)

        def with_unknown(length):
            def on_meta(x):
                if not isinstance(x, KerasTensor):
                    return x
                shape = [length if n is None else n for n in x.shape]
                return torch.empty(shape, dtype=getattr(torch, x.dtype), device="meta")

            own_args, own_kwargs = tree.map_structure(on_meta, (args, kwargs))
            with torch.no_grad():
                return module(*own_args, **own_kwargs)

        def spec(one, other):
            shape = [n if n == m else None for n, m in zip(one.shape, other.shape, strict=True)]
            return KerasTensor(shape, dtype=str(one.dtype).removeprefix("torch."))

        return tree.map_structure(spec, with_unknown(2), with_unknown(3))

    def compute_output_shape(self, input_shape):
        if self.output_shape is not None:
            return self.output_shape
        inputs = tree.map_shape_structure(lambda shape: KerasTensor(shape, dtype=self.compute_dtype), input_shape)
        return tree.map_structure(lambda y: y.shape, self.compute_output_spec(inputs))

    # --- saving ---------------------------------------------------------------------------------------------------

    def save_own_variables(self, store):
        """Store the module's `state_dict`: parameters and buffers, by their names in it."""
        for name, value in self.module.state_dict().items():
            store[name] = value.numpy()

    def load_own_variables(self, store):
        """Set what `save_own_variables` stored."""
        torch = _torch()
        state = {name: torch.tensor(np.array(store[name])) for name in store.keys()}  # noqa: SIM118 — a file's group
        self._module.load_state_dict(state)
        for parameter, variable in zip(self._module.parameters(), self._parameter_variables, strict=True):
            variable.assign(np.array(parameter.detach().numpy()))

    def get_config(self):
        """The config; the module in it is pickled by `torch.save`, so loading it needs `safe_mode=False`."""
        buffer = io.BytesIO()
        _torch().save(self.module, buffer)
        module = base64.b64encode(buffer.getvalue()).decode("ascii")
        return {**self._own_config(), "module": module, "output_shape": self.output_shape}

    @classmethod
    @reads_config
    def from_config(cls, config, custom_objects=None, safe_mode=None):
        """A layer from the result of `get_config`.

        Raises:
            ValueError: in safe mode, since unpickling a module can run any code.
        """
        if in_safe_mode() if safe_mode is None else safe_mode:
            raise ValueError(
                "The file or config has a PyTorch module as a pickle, which can run any code when it is read. If you "
                "trust where it comes from, pass `safe_mode=False` to the loading function, or call "
                "`keras.config.enable_unsafe_deserialization()`."
            )
        module = io.BytesIO(base64.b64decode(config["module"]))
        return cls(**{**config, "module": _torch().load(module, weights_only=False)})


def _pullback(torch, outputs, sources):
    """The function from the gradients of the outputs to those of the sources."""
    differentiable = [i for i, y in enumerate(outputs) if y.requires_grad]
    wanted = [x for x in sources if x.requires_grad]

    def pullback(dys):
        if not differentiable or not wanted:
            return [None] * len(sources)
        dxs = iter(
            torch.autograd.grad(
                [outputs[i] for i in differentiable],
                wanted,
                [torch.tensor(np.asarray(dys[i])).to(outputs[i].dtype) for i in differentiable],
                retain_graph=True,  # a persistent tape may ask again
                allow_unused=True,
            )
        )
        of_sources = [next(dxs) if x.requires_grad else None for x in sources]
        return [None if dx is None else np.array(dx.numpy()) for dx in of_sources]

    return pullback
