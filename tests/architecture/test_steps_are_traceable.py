"""What runs inside a step is made of ops, so that a plan can repeat it.

A recorder sees ops; it cannot see NumPy on the array inside a Tensor. Python that reads values or changes a Variable
belongs into a function that is called by `autodiff.effects.effect`, and its place is named here.
"""

import ast

import pytest

from tests.architecture.test_layering import MODULES, package_of

PACKAGES = {"layers", "losses", "regularizers", "activations"}
# Whose `call` declares `unsafe_to_replay`: another library computes.
NOT_REPLAYED = "minikeras.layers.foreign."
READS = {"array", "numpy", "_tensor"}
ALLOWED = {  # (module, function): why it may look at numbers
    ("minikeras.layers.core.embedding", "check_tokens"): "an effect",
    ("minikeras.layers.core.embedding", "call"): "hasattr only: is the input symbolic?",
    ("minikeras.layers.core.reversible_embedding", "_float_weights"): "not in a step",
    ("minikeras.layers.low_rank", "save_own_variables"): "not in a step",
    ("minikeras.layers.normalization.batch_renormalization", "update_moving"): "an effect",
    ("minikeras.layers.normalization.batch_renormalization", "set_variance"): "an effect",
    ("minikeras.layers.normalization.batch_normalization", "_update_moving_statistics"): "hasattr only",
    ("minikeras.layers.quantization.quantizable", "_float_weights"): "not in a step",
    ("minikeras.layers.recurrent.rnn", "keep_state"): "an effect",
    ("minikeras.layers.input_spec", "check_kinds"): "looks at the dtype",
    ("minikeras.layers.layer", "_convert"): "looks at the dtype",
    ("minikeras.layers.layer_state", "get_weights"): "not in a step",
    ("minikeras.layers.layer_state", "count_params"): "not in a step",
    ("minikeras.layers.layer_state", "save_own_variables"): "not in a step",
    ("minikeras.layers.layer_state", "stateless_call"): "not in a step",
    ("minikeras.layers.preprocessing.vocabulary", "as_listed"): "for configs",
}


def functions_that_look_at_numbers(module):
    """Names of the functions in which an attribute of `READS` is read."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            inner = {
                n
                for f in ast.walk(function)
                if isinstance(f, ast.FunctionDef) and f is not function
                for n in ast.walk(f)
            }
            if any(isinstance(n, ast.Attribute) and n.attr in READS and n not in inner for n in ast.walk(function)):
                yield function.name


@pytest.mark.parametrize(
    "module",
    [
        module
        for module in MODULES
        if len(module.split(".")) > 1 and package_of(module) in PACKAGES and not module.startswith(NOT_REPLAYED)
    ],
)
def test_numbers_are_looked_at_in_effects_only(module):
    unexpected = [name for name in functions_that_look_at_numbers(module) if (module, name) not in ALLOWED]
    assert not unexpected, (
        f"{module}: {unexpected} read the array inside a Tensor. Use ops; or, for a check or a change of state, a "
        f"function called by `effect`, and name it in ALLOWED of {__name__}."
    )
