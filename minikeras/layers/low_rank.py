"""Low-rank adaptation (LoRA): freeze a large weight, and train the product of two small ones that is added to it.

    weight + (lora_alpha / lora_rank) · a @ b        a: (…, rank), b: (rank, last axis)

b starts at zero, so that nothing changes at first. (Hu et al., "LoRA: low-rank adaptation of large language models",
2021)
"""

import numpy as np

from minikeras import initializers
from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.matrix_product import Matmul
from minikeras.layers.layer_state import LayerState


class LowRankAdaptation:
    """Mixin for layers with one large weight, kept as `_kernel` or `_embeddings`.

    Class attributes:
        adapted: the weight's name; subclasses define a property of this name that calls `_adapted_weight`.

    Attributes:
        lora_rank: length of the axis between a and b; None without LoRA.
        lora_alpha: the product is scaled by lora_alpha / lora_rank; equal to `lora_rank` unless given.
        lora_enabled: whether a and b exist.
    """

    adapted = "kernel"
    lora_enabled = False
    lora_rank = lora_alpha = None

    def _set_low_rank(self, lora_rank, lora_alpha):
        self.lora_rank = lora_rank
        self.lora_alpha = lora_rank if lora_alpha is None else lora_alpha

    def enable_lora(self, rank, lora_alpha=None, a_initializer="he_uniform", b_initializer="zeros"):
        """Freeze the weight and add a trainable product of two small weights to it.

        Args:
            rank: length of the axis between the two.
            lora_alpha: the product is scaled by lora_alpha / rank; `rank` if None.
            a_initializer, b_initializer: their initial values.

        Raises:
            ValueError: the layer is not built, has a constraint on the weight, or uses LoRA already.
        """
        name = self.adapted
        if getattr(self, f"{name}_constraint"):
            raise ValueError(
                f"LoRA is incompatible with {name.removesuffix('s')} constraints, as it makes the weight a sum. "
                f"Remove `{name}_constraint` from layer '{self.name}' to use it."
            )
        if not self.built:
            raise ValueError(
                f"Cannot enable lora on layer '{self.name}', which isn't yet built. Call it, or `build(input_shape)`, "
                "first."
            )
        if self.lora_enabled:
            raise ValueError(f"lora is already enabled in layer '{self.name}'. This can be done only once per layer.")
        weight, regularizer = getattr(self, f"_{name}"), getattr(self, f"{name}_regularizer")
        shape = self._adapted_shape()
        shapes = {"a": (*shape[:-1], rank), "b": (rank, shape[-1])}
        with self._unlocked_state():
            for part, initializer in (("a", a_initializer), ("b", b_initializer)):
                added = self.add_weight(
                    name=f"lora_{name}_{part}",
                    shape=shapes[part],
                    initializer=initializers.get(initializer),
                    dtype="float32",
                    regularizer=regularizer,
                )
                setattr(self, f"lora_{name}_{part}", added)
        weight.trainable = False
        self._set_low_rank(rank, lora_alpha)
        self.lora_enabled = True

    @property
    def trainable(self):
        """Whether training changes the weights; the adapted one is frozen."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        LayerState.trainable.fset(self, value)
        if self.lora_enabled:
            getattr(self, f"_{self.adapted}").trainable = False

    def _adapted_weight(self):
        """The weight as `call` uses it: the Variable, or its sum with the product.

        Raises:
            AttributeError: the layer is not built.
        """
        weight = self.__dict__.get(f"_{self.adapted}")
        if weight is None:
            raise AttributeError(
                f"You must build the layer '{self.name}' before accessing `{self.adapted}`. Call or build it first."
            )
        if not self.lora_enabled:
            return weight
        return Cast(self.compute_dtype)(weight + self._low_rank_weight())

    def _adapted_shape(self):
        return getattr(self, f"_{self.adapted}").shape

    def _low_rank_weight(self):
        """The term added to the weight: (lora_alpha / lora_rank) · a @ b."""
        a, b = (getattr(self, f"lora_{self.adapted}_{part}") for part in "ab")
        return Matmul()(a, b) * (self.lora_alpha / self.lora_rank)

    # --- files --------------------------------------------------------------------------------------------------------

    @property
    def variable_serialization_spec(self):
        """{quantization mode: the names of the weights in files, in order}; None: not quantized."""
        return {None: [self.adapted] if self.adapted == "embeddings" else [self.adapted, "bias"]}

    def save_own_variables(self, store):
        """As in `Layer`; with LoRA, the sum is stored in place of the weight."""
        super().save_own_variables(store)
        if self.lora_enabled:
            stored = self._stored_variables()
            for name, value in self._values_with_low_rank().items():
                variable = getattr(self, f"_{name}" if name == self.adapted else name)
                position = next(i for i, other in enumerate(stored) if other is variable)
                store[str(position)] = np.asarray(value, variable.array.dtype)

    def _values_with_low_rank(self):
        """{name: value} to store for the sum of the weight and the product."""
        return {self.adapted: self._adapted_weight()}

    def _own_variables_set(self):
        """Set the product to 0, since the weight now holds the stored sum."""
        if self.lora_enabled:
            for part in "ab":
                product = getattr(self, f"lora_{self.adapted}_{part}")
                product.assign(np.zeros(product.shape, product.dtype))

    def _stored_variables(self):
        if not self.lora_enabled:
            return super()._stored_variables()
        names = self.variable_serialization_spec[None]
        variables = [getattr(self, f"_{name}" if name == self.adapted else name, None) for name in names]
        return [variable for variable in variables if variable is not None]

    def _without_low_rank(self, config):
        """A config, without LoRA's arguments if it is not used, as in Keras."""
        return config if self.lora_rank else {key: v for key, v in config.items() if not key.startswith("lora_")}
