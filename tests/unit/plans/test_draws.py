"""Draws by jobs and in Python from one generator: all increment its state, in the order of the program."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops, random
from tests.oracles import by_numpy, replays

DRAWS = {
    "normal": lambda x, seed: random.normal((3,), seed=seed),
    "gamma": lambda x, seed: random.gamma((3,), 2.0, seed=seed),
    "dropout": lambda x, seed: random.dropout(ops.ones_like(x), 0.4, seed=seed),
}
X = np.ones((4, 3), "float32")


class Draws(layers.Layer):
    def __init__(self, names):
        super().__init__()
        self.names = names
        self.seed_generator = random.SeedGenerator(5)

    def call(self, x):
        return ops.concatenate([x * DRAWS[name](x, self.seed_generator) for name in self.names])


@pytest.mark.parametrize(
    "names", [("gamma", "dropout"), ("normal", "gamma", "normal"), ("dropout", "gamma", "gamma", "dropout", "normal")]
)
def test_draws_of_both_kinds_follow_each_other(names):
    outcomes = []
    for eager in (False, True):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((3,)), Draws(names)])
        model.compile(run_eagerly=eager)
        results = [np.asarray(model.predict_on_batch(X)) for _ in range(4)]
        model.layers[0].seed_generator.state.assign([1, 2])
        results += [np.asarray(model.predict_on_batch(X)) for _ in range(2)]
        outcomes.append([*results, np.asarray(model.layers[0].seed_generator.state)])
        assert eager or (replays(model) > 0 and by_numpy(model))
    for actual, expected in zip(*outcomes, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)
    assert len(np.unique(outcomes[0][0])) > 3
