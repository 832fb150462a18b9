"""Knowledge distillation against its formula, and with several outputs, which tf.keras cannot train."""

import numpy as np
import pytest

import minikeras as keras

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(8, 4)).astype("float32"), RNG.normal(size=(8, 3)).astype("float32")
ROUNDING = 1e-5


def of_two_outputs():
    inputs = keras.Input((4,))
    return keras.Model(inputs, [keras.layers.Dense(3)(inputs), keras.layers.Dense(2)(inputs)])


def test_the_loss_is_the_weighted_sum_of_both():
    teacher, student = (keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]) for _ in "12")
    distiller = keras.distillation.Distiller(
        teacher, student, keras.distillation.LogitsDistillation(2.0, "mse"), student_loss_weight=0.25
    )
    distiller.compile("sgd", "mse")
    taught, predicted = teacher.predict(X, verbose=0), student.predict(X, verbose=0)
    expected = 0.25 * np.mean((predicted - Y) ** 2) + 0.75 * np.mean((taught - predicted) ** 2) / 4
    assert distiller.evaluate(X, Y, verbose=0, return_dict=True)["loss"] == pytest.approx(expected, rel=ROUNDING)


def test_the_teacher_stays_as_it_is():
    teacher, student = of_two_outputs(), of_two_outputs()
    before, learned = teacher.get_weights(), student.get_weights()
    losses = keras.distillation.LogitsDistillation(loss=["mse", None])
    distiller = keras.distillation.Distiller(teacher, student, losses)
    distiller.compile("adam", ["mse", "mae"])
    history = distiller.fit(X, [Y, Y[:, :2]], epochs=4, verbose=0).history
    assert history["distillation_loss"][-1] < history["distillation_loss"][0]
    for a, b in zip(before, teacher.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert any((a != b).any() for a, b in zip(learned, student.get_weights(), strict=True))


def test_a_missing_label_is_named():
    distiller = keras.distillation.Distiller(
        of_two_outputs(), of_two_outputs(), keras.distillation.LogitsDistillation(loss=["mse", "mse"])
    )
    distiller.compile("sgd", "mse")
    with pytest.raises(ValueError, match="a loss and labels for each output"):
        distiller.fit(X, [Y, Y[:, :2]], verbose=0)


def test_old_names_of_mixed_precision():
    assert keras.mixed_precision.Policy is keras.DTypePolicy
    assert keras.mixed_precision.global_policy() == keras.config.dtype_policy()
