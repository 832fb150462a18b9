"""Constructors that hand most of their arguments on: signatures list them all, and each is where the signature says."""

import inspect

import pytest

from minikeras import optimizers
from minikeras.base.signatures import inherits_arguments, with_defaults
from minikeras.optimizers.optimizer import Optimizer

NAMES = [
    *("SGD", "RMSprop", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax", "Adafactor", "Nadam", "Ftrl", "Lion", "Lamb"),
    *("Muon", "ScheduleFreeAdamW"),
]
OTHERS = {"weight_decay": 0.25, "clipvalue": 0.5, "ema_momentum": 0.75, "use_ema": True, "loss_scale_factor": 4.0}


@pytest.mark.parametrize("name", NAMES)
def test_signatures_list_every_argument(name):
    cls = getattr(optimizers, name)
    of_class, of_init = inspect.signature(cls).parameters, inspect.signature(cls.__init__).parameters
    assert list(of_init) == ["self", *of_class]
    assert not any(p.kind is p.VAR_POSITIONAL for p in of_class.values())
    shared = set(inspect.signature(Optimizer.__init__).parameters) - {"self"}
    assert shared | set(cls.hyperparameters) == set(of_class)


@pytest.mark.parametrize("name", NAMES)
def test_arguments_by_place_are_those_of_the_signature(name):
    cls = getattr(optimizers, name)
    parameters = [p for p in inspect.signature(cls).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    values = {**OTHERS, "name": "own"}
    by_place = cls(*[values.get(p.name, p.default) for p in parameters])
    assert by_place.get_config() == cls(**values).get_config()
    assert by_place.clipvalue == 0.5
    assert by_place.name == "own"


def test_a_misspelt_argument_is_named_with_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'weight_decay'"):
        optimizers.Adam(0.1, weight_deca=0.1)


def test_defaults_that_do_not_exist_are_refused():
    with pytest.raises(TypeError, match="wieght_decay"):
        with_defaults(Optimizer.__init__, wieght_decay=0.1)


def test_a_function_with_other_defaults_is_the_same_otherwise():
    def init(self, a, b=1, *, c=2):
        return a, b, c

    other = with_defaults(init, b=5)
    assert (other(None, 0), init(None, 0)) == ((0, 5, 2), (0, 1, 2))
    assert other.__code__ is init.__code__
    assert str(inspect.signature(other)) == "(self, a, b=5, *, c=2)"


def test_inherited_arguments_keep_their_order_and_defaults():
    class Base:
        def __init__(self, a, b=1, c=2, **kwargs):
            self.values = a, b, c

    class Own(Base):
        @inherits_arguments(Base)
        def __init__(self, a, own=3, *args, **kwargs):
            super().__init__(a, *args, **kwargs)

    assert str(inspect.signature(Own)) == "(a, own=3, b=1, c=2, **kwargs)"
    assert Own(0, 9, 8, c=7).values == (0, 8, 7)
