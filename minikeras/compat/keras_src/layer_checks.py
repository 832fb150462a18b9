# ruff: noqa: PT009  assertions of unittest
"""`run_layer_test` of Keras's TestCase: one layer made, saved, called symbolically and with data, and trained."""

import numpy as np

from minikeras import Model, dtype_policies, ops, tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.random.seed_generator import SeedGenerator


class LayerChecks:
    """Mixin for a TestCase. The checks of sparse and ragged inputs are not here; asking for them raises ValueError."""

    def run_layer_test(
        self,
        layer_cls,
        init_kwargs=None,
        input_shape=None,
        input_dtype=None,
        input_sparse=False,
        input_ragged=False,
        input_data=None,
        call_kwargs=None,
        expected_output_shape=None,
        expected_output_dtype=None,
        expected_output_sparse=False,
        expected_output_ragged=False,
        expected_output=None,
        expected_num_trainable_weights=None,
        expected_num_non_trainable_weights=None,
        expected_num_non_trainable_variables=None,
        expected_num_seed_generators=None,
        expected_num_losses=None,
        supports_masking=None,
        expected_mask_shape=None,
        custom_objects=None,
        run_training_check=True,
        run_mixed_precision_check=True,
        assert_built_after_instantiation=False,
        tpu_compatible=True,
    ):
        """Check a layer; the `expected_…` arguments are compared with its attributes and results."""
        if input_sparse or input_ragged or expected_output_sparse or expected_output_ragged:
            raise ValueError(
                "run_layer_test checks dense inputs and outputs only. Test sparse ones by calling the layer."
            )
        if (input_shape is not None) == (input_data is not None) and input_shape is not None:
            raise ValueError("Give either `input_shape` or `input_data`.")
        init_kwargs, call_kwargs = init_kwargs or {}, call_kwargs or {}
        expected = {
            "trainable_weights": expected_num_trainable_weights,
            "non_trainable_weights": expected_num_non_trainable_weights,
            "non_trainable_variables": expected_num_non_trainable_variables,
        }
        layer = layer_cls(**init_kwargs)
        self.run_class_serialization_test(layer, custom_objects)
        if assert_built_after_instantiation:
            self.assertTrue(layer.built, f"{layer} is built by its constructor")
        if input_shape is None and input_data is None:
            return
        data = input_data if input_data is not None else _ones(input_shape, input_dtype)
        symbols = tree.map_structure(lambda x: KerasTensor(x.shape, ops.dtype(x)), data)
        outputs = layer(symbols, **call_kwargs) if not isinstance(symbols, dict) else layer(**symbols, **call_kwargs)
        self._check_layer(layer, expected, expected_num_seed_generators, expected_num_losses)
        self._check_outputs(outputs, expected_output_shape, expected_output_dtype)
        if supports_masking is not None:
            self.assertEqual(layer.supports_masking, supports_masking)
        if expected_mask_shape is not None:
            self.assertEqual(layer.compute_mask(symbols).shape, expected_mask_shape)
        layer = layer_cls(**init_kwargs)
        outputs = layer(data, **call_kwargs) if not isinstance(data, dict) else layer(**data, **call_kwargs)
        self._check_layer(layer, expected, expected_num_seed_generators, expected_num_losses)
        self._check_outputs(outputs, expected_output_shape, expected_output_dtype)
        if expected_output is not None:
            self.assertAllClose(outputs, expected_output)
        if run_training_check:
            self._check_training(layer_cls(**init_kwargs), data, outputs, call_kwargs)
        if run_mixed_precision_check:
            self._check_mixed_precision(layer_cls, init_kwargs, data, call_kwargs)

    def _check_layer(self, layer, expected, seed_generators, losses):
        self.assertTrue(layer.built)
        for name, count in expected.items():
            if count is not None:
                self.assertLen(getattr(layer, name), count, msg=f"{name} of {layer}")
        if seed_generators is not None:
            found = [x for part in layer._flatten_layers() for x in vars(part).values() if isinstance(x, SeedGenerator)]
            self.assertLen(found, seed_generators, msg=f"SeedGenerators of {layer}")
        if losses is not None:
            self.assertLen(layer.losses, losses, msg=f"losses of {layer}")

    def _check_outputs(self, outputs, shape, dtype):
        if shape is not None:
            shapes = [x.shape for x in tree.flatten(outputs)]
            self.assertEqual(shapes[0] if len(shapes) == 1 else shapes, shape if len(shapes) == 1 else list(shape))
        if dtype is not None:
            dtypes = [ops.dtype(x) for x in tree.flatten(outputs)]
            self.assertEqual(dtypes, [dtype] * len(dtypes) if isinstance(dtype, str) else list(dtype))

    def _check_training(self, layer, data, outputs, call_kwargs):
        """A model of the layer alone takes one step, saves its config, and computes the same again from it."""
        if not layer.trainable_weights and layer.built and not isinstance(layer, Model):
            return
        targets = tree.map_structure(lambda x: np.zeros(x.shape, ops.dtype(x)), outputs)
        model = _Alone(layer, call_kwargs)
        model.compile(optimizer="sgd", loss="mse", jit_compile=False)
        model.fit(data, targets, batch_size=len(tree.flatten(data)[0]), epochs=1, verbose=0)

    def _check_mixed_precision(self, layer_cls, init_kwargs, data, call_kwargs):
        """In mixed precision the floating outputs are half precise, as far as the layer declares it."""
        policy = dtype_policies.DTypePolicy("mixed_float16")
        layer = layer_cls(**{**init_kwargs, "dtype": policy})
        outputs = layer(data, **call_kwargs) if not isinstance(data, dict) else layer(**data, **call_kwargs)
        for x in tree.flatten(outputs):
            if ops.dtype(x).startswith("float"):
                self.assertEqual(ops.dtype(x), layer.compute_dtype)
        for weight in layer.weights:
            if ops.dtype(weight).startswith("float"):
                self.assertEqual(ops.dtype(weight), policy.variable_dtype)


class _Alone(Model):
    """A model of one layer, with given call arguments."""

    def __init__(self, layer, call_kwargs):
        super().__init__()
        self.layer, self.call_kwargs = layer, call_kwargs

    def call(self, inputs):
        if isinstance(inputs, dict):
            return self.layer(**inputs, **self.call_kwargs)
        return self.layer(inputs, **self.call_kwargs)


def _ones(shape, dtype):
    """Data of one shape, or of each in a list, tuple or dict of shapes; an unknown length is 2."""
    if isinstance(shape, dict):
        return {name: _ones(one, dtype[name] if isinstance(dtype, dict) else dtype) for name, one in shape.items()}
    if isinstance(shape, list):
        return [_ones(one, dtype) for one in shape]
    return ops.ones([2 if length is None else length for length in shape], dtype or "float32")
