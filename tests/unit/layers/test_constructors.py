"""Layers whose constructors pass most arguments on: each argument is where the signature says, and is passed once."""

import inspect

import pytest

import minikeras as keras
from minikeras import layers
from minikeras.base.signatures import inherits_arguments

REQUIRED = {
    **{name: {"units": 3} for name in ("LSTM", "GRU", "SimpleRNN", "LSTMCell", "GRUCell", "SimpleRNNCell")},
    **{f"ConvLSTM{rank}D": {"filters": 2, "kernel_size": 3} for rank in (1, 2, 3)},
    **{f"{kind}Normalization": {} for kind in ("Batch", "Group", "Layer")},
    "MultiHeadAttention": {"num_heads": 2, "key_dim": 3},
    "GroupQueryAttention": {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2},
    "RandomZoom": {"height_factor": 0.5},
    "RandomTranslation": {"height_factor": 0.5, "width_factor": 0.25},
    "RandomRotation": {"factor": 0.5},
    "RandomShear": {},
}
# None of them is the default.
OTHERS = {
    "activation": "relu",
    "recurrent_activation": "relu",
    "activity_regularizer": "l1",
    "bias_constraint": "non_neg",
    "beta_constraint": "non_neg",
    "kernel_regularizer": "l2",
    "unit_forget_bias": False,
    "reset_after": False,
    "dropout": 0.25,
    "seed": 7,
    "return_state": True,
    "stateful": True,
    "output_shape": 5,
    "sliding_window": 2,
    "use_gate": True,
    "moving_variance_initializer": "zeros",
    "gamma_initializer": "zeros",
    "center": False,
    "renorm_momentum": 0.5,
    "interpolation": "nearest",
    "fill_mode": "wrap",
    "fill_value": 3.0,
}


@pytest.mark.parametrize("name", REQUIRED)
def test_arguments_by_place_are_those_of_the_signature(name):
    cls = getattr(layers, name)
    parameters = inspect.signature(cls).parameters
    listed = [p for p in parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    values = {**{k: v for k, v in OTHERS.items() if k in parameters}, **REQUIRED[name]}
    assert len(values) > len(REQUIRED[name])
    by_name = cls(**values, name="own")
    by_place = cls(*[values.get(p.name, p.default) for p in listed], name="own")
    assert by_place.get_config() == by_name.get_config()
    defaults = cls(**REQUIRED[name], name="own").get_config()
    assert {k for k, v in by_name.get_config().items() if v != defaults[k]} >= values.keys() - REQUIRED[name].keys() - {
        *(["seed"] if name == "SimpleRNN" else [])  # which its config lacks, as Keras's
    }


@pytest.mark.parametrize("name", ["LSTM", "BatchNormalization", "MultiHeadAttention", "LSTMCell"])
def test_mistakes_in_calls_are_reported(name):
    cls = getattr(layers, name)
    count = len(inspect.signature(cls).parameters)
    with pytest.raises(TypeError, match=rf"{name}\.__init__\(\) too many positional arguments"):
        cls(*range(count + 1))
    first = next(iter(REQUIRED[name]), "axis")
    with pytest.raises(TypeError, match=rf"{name}\.__init__\(\) multiple values for argument '{first}'"):
        cls(1, **{first: 1})


@pytest.mark.parametrize("name", ["LSTM", "GRU", "LSTMCell", "ConvLSTM2D", "MultiHeadAttention"])
def test_a_missing_argument_is_named(name):
    with pytest.raises(TypeError, match=f"missing a required argument: '{next(iter(REQUIRED[name]))}'"):
        getattr(layers, name)()


def test_a_function_without_open_keywords_refuses_what_its_signature_lacks():
    def base(a, b=2, hidden=3):
        return a, b, hidden

    @inherits_arguments(base, after={"c": "a"}, without=("hidden",))
    def function(*, c=5, **kwargs):
        return (*base(**kwargs), c)

    assert str(inspect.signature(function)) == "(a, c=5, b=2)"
    assert function(1, 7) == (1, 2, 3, 7)
    with pytest.raises(TypeError, match="unexpected keyword argument 'hidden'"):
        function(1, hidden=4)


def test_a_function_inherits_the_arguments_of_a_class_without_self():
    class Base:
        def __init__(self, a, b=2):
            self.values = a, b

    @inherits_arguments(Base, after={"c": "a"})
    def function(*, c=5, **kwargs):
        return Base(**kwargs).values, c

    assert str(inspect.signature(function)) == "(a, c=5, b=2)"
    assert function(1, 3) == ((1, 2), 3)


def test_classes_that_programs_look_for_are_no_others_of_keras():
    """`isinstance(layer, Dropout)` finds the layers that are one in Keras, the spatial ones among them."""
    assert issubclass(keras.layers.SpatialDropout2D, keras.layers.Dropout)
    assert not issubclass(keras.layers.AlphaDropout, keras.layers.Dropout)
    assert not issubclass(keras.initializers.TruncatedNormal, keras.initializers.RandomNormal)


@pytest.mark.parametrize(
    "cls",
    [
        *[layers.Conv2D, layers.Conv1DTranspose, layers.DepthwiseConv2D, layers.AveragePooling2D, layers.Dropout],
        *[keras.metrics.Recall, keras.initializers.HeNormal, keras.initializers.RandomNormal],
    ],
)
def test_errors_about_arguments_name_the_class_of_the_user(cls):
    with pytest.raises(TypeError, match=rf"^{cls.__name__}\.__init__\(\) takes from"):
        cls(*range(40))


def test_constructors_of_a_users_classes_are_theirs():
    class Mine(layers.Conv2D):
        pass

    assert "__init__" not in vars(Mine)
    assert Mine(2, 3).get_config()["filters"] == 2
