"""`SymbolicScope`: what code can ask while shapes are inferred."""

import minikeras as keras
from minikeras.autodiff.stateless_scope import in_symbolic_scope


def test_it_is_open_inside_and_while_shapes_are_inferred():
    seen = []

    class Asks(keras.Layer):
        def call(self, x):
            seen.append(in_symbolic_scope())
            return x * 2

    with keras.SymbolicScope() as outer, keras.SymbolicScope():
        assert in_symbolic_scope()
    assert isinstance(outer, keras.SymbolicScope)
    assert not in_symbolic_scope()
    Asks()(keras.Input((2,)))
    Asks()(keras.ops.ones((1, 2)))
    assert seen == [True, False]
