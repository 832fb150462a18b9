"""The `keras` namespace beside minikeras's own names."""

import numpy as np
import pytest

import minikeras
from minikeras.compat import keras

WITH_ADDITIONS = ["backend", "layers", "losses", "metrics", "preprocessing", "utils"]
# They give Datasets with the methods of `tf.data` there.
GIVING_DATASETS = {
    *("audio_dataset_from_directory", "image_dataset_from_directory", "text_dataset_from_directory"),
    *("split_dataset", "timeseries_dataset_from_array"),
}


@pytest.mark.parametrize("name", sorted({*minikeras.__all__} - {*WITH_ADDITIONS}))
def test_minikeras_names_are_keras_names(name):
    assert getattr(keras, name) is getattr(minikeras, name)


@pytest.mark.parametrize("package", WITH_ADDITIONS)
def test_packages_with_additions_have_all_of_minikeras(package):
    ours, extended = getattr(minikeras, package), getattr(keras, package)
    assert set(ours.__all__) <= set(dir(extended))
    for name in {*ours.__all__} - GIVING_DATASETS:
        assert getattr(extended, name) is getattr(ours, name), name


def test_short_names_of_losses():
    assert keras.losses.mse is keras.metrics.MSE is minikeras.losses.mean_squared_error
    assert keras.losses.MeanSquaredError(reduction=keras.losses.Reduction.SUM).reduction == "sum"
    with pytest.raises(ValueError, match="Expected keys"):
        keras.losses.Reduction.validate("max")


def test_thresholded_relu():
    layer = keras.layers.ThresholdedReLU(0.5)
    assert layer(np.array([[-1.0, 0.5, 0.6]], "float32")).numpy().tolist() == [[0.0, 0.0, np.float32(0.6)]]
    assert type(layer).from_config(layer.get_config()).theta == 0.5
    with pytest.raises(ValueError, match="theta"):
        keras.layers.ThresholdedReLU(-1)


def test_random_sizes_are_drawn_anew_in_each_step():
    layer = keras.layers.RandomWidth((-0.5, 0.5), seed=1)
    widths = []

    class Widths(keras.layers.Layer):
        def call(self, inputs):
            widths.append(inputs.shape[2])
            return inputs

    mean = keras.layers.GlobalAveragePooling2D()
    model = keras.Sequential([layer, Widths(), mean, keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((12, 3, 20, 1), "float32"), np.ones(12), batch_size=2, verbose=0)
    drawn = [width for width in widths if width is not None]
    assert len(drawn) == 6
    assert len(set(drawn)) > 2
    assert all(10 <= width <= 30 for width in drawn)
    assert model.predict(np.ones((2, 3, 20, 1)), verbose=0).shape == (2, 1)
    assert widths[-1] == 20
    assert type(layer).from_config(layer.get_config()).factor == (-0.5, 0.5)


@pytest.mark.parametrize("factor", [-1.0, 2.0, (0.3, 0.1), (-1.5, 0.0)])
def test_ranges_of_random_sizes(factor):
    with pytest.raises(ValueError, match="lower <= upper"):
        keras.layers.RandomHeight(factor)
    with pytest.raises(ValueError, match="expected rank 3"):
        keras.layers.RandomHeight(0.1)(np.ones((4, 4)))


def test_mixed_precision_sets_the_policy():
    before = keras.mixed_precision.global_policy()
    try:
        keras.mixed_precision.set_global_policy("mixed_float16")
        assert keras.layers.Dense(1).compute_dtype == "float16"
    finally:
        keras.mixed_precision.set_global_policy(before)


def test_a_missing_name_is_answered_with_the_nearest():
    with pytest.raises(AttributeError, match=r"keras\.losses\.huber"):
        keras.losses.hubber  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        keras.nothing  # noqa: B018
