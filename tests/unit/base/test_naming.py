"""minikeras.base.naming: the names that layers, optimizers and metrics give themselves."""

import pytest

from minikeras.base import naming
from tests.waiting import run_together


@pytest.fixture(autouse=True)
def fresh_counters():
    naming.reset_uids()
    yield
    naming.reset_uids()


@pytest.mark.parametrize(
    "class_name, expected",
    [
        ("Dense", "dense"),
        ("Conv2D", "conv2d"),
        ("Conv2DTranspose", "conv2d_transpose"),
        ("BatchNormalization", "batch_normalization"),
        ("MyLSTMCell", "my_lstm_cell"),
        ("LSTM", "lstm"),
        ("ReLU", "re_lu"),
        ("AdamW", "adam_w"),
        ("_Private", "__private"),
        ("<lambda>", "lambda"),
        ("with space", "withspace"),
        ("", ""),
    ],
)
def test_to_snake_case(class_name, expected):
    assert naming.to_snake_case(class_name) == expected


def test_auto_name_counts_per_name():
    assert [naming.auto_name(name) for name in ("Dense", "Dense", "Conv2D", "Dense")] == [
        "dense",
        "dense_1",
        "conv2d",
        "dense_2",
    ]


def test_get_uid_counts_from_one_on_the_same_counter():
    assert [naming.get_uid("q"), naming.get_uid("q"), naming.uniquify("q"), naming.get_uid("q")] == [1, 2, "q_2", 4]


def test_reset_uids_begins_again():
    naming.uniquify("dense")
    naming.reset_uids()
    assert naming.uniquify("dense") == "dense"


def test_each_thread_counts_for_itself():
    naming.uniquify("dense")
    names = []
    run_together(lambda: names.append(naming.uniquify("dense")))
    assert names == ["dense"]


class Named:
    name = "my_name"


@pytest.mark.parametrize("obj, expected", [(Named(), "my_name"), (len, "len"), (3, "int"), (lambda: 0, "lambda")])
def test_get_object_name(obj, expected):
    assert naming.get_object_name(obj) == expected
