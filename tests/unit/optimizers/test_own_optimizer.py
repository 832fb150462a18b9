"""Optimizers that a user writes."""

import numpy as np
import pytest

from minikeras import Input, Sequential, initializers, layers, ops, optimizers, regularizers
from minikeras.autodiff import GradientTape, IndexedSlices, Variable
from minikeras.collectives.share import Share, working_on
from tests.unit.optimizers.making import make, tensor

ROUNDING = 1e-5  # a plan may fuse a product and a sum


class HeavyBall(optimizers.Optimizer):
    """Momentum written with ops, as in Keras's guide."""

    def __init__(self, learning_rate=0.1, momentum=0.9, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.momentum = momentum

    def build(self, variables):
        super().build(variables)
        self.momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient, variable, learning_rate):
        learning_rate = ops.cast(learning_rate, variable.dtype)
        m = self.momentums[self._get_variable_index(variable)]
        self.assign(m, ops.subtract(ops.multiply(m, self.momentum), ops.multiply(gradient, learning_rate)))
        self.assign_add(variable, m)

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}


def test_an_optimizer_of_your_own():
    ours, built_in = make(), make()
    first, second = HeavyBall(0.1), optimizers.SGD(0.1, momentum=0.9)
    for g in (tensor(1.0, -2.0), tensor(0.5, 3.0)):
        first.apply([g], [ours])
        second.apply([g], [built_in])
    np.testing.assert_array_equal(ours.numpy(), built_in.numpy())
    assert [v.path for v in first.variables[2:]] == ["heavy_ball/w_momentum"]
    assert HeavyBall.from_config(first.get_config()).momentum == 0.9


def test_an_optimizer_of_your_own_gets_rows_summed():
    class Recorder(optimizers.Optimizer):
        def update_step(self, gradient, variable, learning_rate):
            self.seen = gradient.numpy()

    table = Variable(np.zeros((3, 1), "float32"), name="table")
    optimizer = Recorder(0.1)
    optimizer.apply([IndexedSlices(np.array([[1.0], [2.0]], "float32"), np.array([1, 1]), (3, 1))], [table])
    np.testing.assert_array_equal(optimizer.seen, [[0.0], [3.0], [0.0]])


def test_a_subclass_may_change_the_gradient_and_leave_the_rest():
    class Doubled(optimizers.Adam):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient * 2, variable, learning_rate)

    ours, other = make(), make()
    Doubled(0.1).apply([tensor(1.0, -2.0)], [ours])
    optimizers.Adam(0.1).apply([tensor(2.0, -4.0)], [other])
    np.testing.assert_array_equal(ours.numpy(), other.numpy())


def test_variables_kept_as_attributes_are_state():
    class Counting(optimizers.Optimizer):
        def __init__(self):
            super().__init__(0.1)
            self.counter = Variable(0.0, name="counter")
            self.more = [Variable(0.0, name="a"), Variable(0.0, name="b")]

    assert [v.name for v in Counting().variables] == ["iteration", "learning_rate", "counter", "a", "b"]


def test_forgetting_super_init_is_named():
    class Careless(optimizers.Optimizer):
        def __init__(self):
            self.beta = 1.0

    with pytest.raises(RuntimeError, match=r"must call `super\(\).__init__\("):
        Careless()


def test_slots_with_initializers():
    optimizer = optimizers.SGD()
    first, second = optimizer.add_optimizer_variables([make()], ["a", "b"], initializer=["ones", "zeros"])
    np.testing.assert_array_equal(first[0].numpy(), [1.0, 1.0])
    np.testing.assert_array_equal(second[0].numpy(), [0.0, 0.0])
    (third,) = optimizer.add_optimizer_variables([make()], "c", initializer=initializers.Constant(3.0))
    np.testing.assert_array_equal(third.numpy(), [3.0, 3.0])
    with pytest.raises(ValueError, match="Each name needs one initializer"):
        optimizer.add_optimizer_variables([make()], ["a", "b"], initializer=["ones"])


def test_a_whole_training_step_lowers_the_loss():
    w = make([3.0, -4.0])
    penalty = regularizers.L2(0.5)
    optimizer = optimizers.Adam(0.5)
    losses = []
    for _ in range(30):
        with GradientTape() as tape:
            loss = penalty(w)
        losses.append(float(loss))
        optimizer.apply(tape.gradient(loss, [w]), [w])
    assert losses[-1] < 0.02 * losses[0]


class DoublesPairs(optimizers.SGD):
    """Changes the gradients where `apply_gradients` gets them."""

    def apply_gradients(self, grads_and_vars):
        return super().apply_gradients([(2 * gradient, variable) for gradient, variable in grads_and_vars])


class DoublesGradients(optimizers.SGD):
    """Changes them where `apply` does."""

    def apply(self, grads, trainable_variables=None):
        super().apply([2 * gradient for gradient in grads], trainable_variables)


@pytest.mark.parametrize("cls", [DoublesPairs, DoublesGradients])
@pytest.mark.parametrize("calls", ["apply", "apply to its own", "apply_gradients"])
def test_a_plan_repeats_what_a_subclass_does_to_gradients_once(cls, calls):
    class Own(Sequential):
        def train_step(self, data):
            with GradientTape() as tape:
                loss = ops.mean(self(data[0]) ** 2)
            variables = self.trainable_variables
            gradients = tape.gradient(loss, variables)
            if calls == "apply":
                self.optimizer.apply(gradients, variables)
            elif calls == "apply to its own":
                self.optimizer.apply(gradients)
            else:
                self.optimizer.apply_gradients(zip(gradients, variables, strict=True))
            return {"loss": loss}

    def losses(eagerly):
        model = Own([Input((1,)), layers.Dense(1, kernel_initializer="ones", use_bias=False)])
        model.compile(cls(0.05), run_eagerly=eagerly)
        model.optimizer.build(model.trainable_variables)
        return model.fit(np.ones((8, 1), "float32"), batch_size=1, epochs=1, verbose=0).history["loss"]

    np.testing.assert_allclose(losses(False), losses(True), rtol=ROUNDING)


@pytest.mark.parametrize("cls", [DoublesPairs, DoublesGradients])
def test_several_ranks_do_what_a_subclass_does_to_gradients_once(cls):
    class Group:
        def all_sum(self, arrays, weight, views):
            return [2 * weight * array for array in arrays]

    w = Variable([1.0])
    optimizer = cls(0.25)
    with working_on(Share(rank=0, size=2, first=0, rows=1, total=2), Group()):
        optimizer.apply_gradients([(ops.ones(1), w)])
    np.testing.assert_array_equal(w, [0.5])
