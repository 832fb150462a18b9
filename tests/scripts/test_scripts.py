"""Scripts in the styles that people write run unmodified on both backends, do the same and print the same."""

import pytest

from tests.rows import quick_rows
from tests.scripts.comparing import FOLDER, SCRIPTS, compare_printed, printed_numbers
from tests.scripts.names import missing_common_names

# Layers that the engine does not have yet. A name that arrives must be taken off.
NOT_THERE_YET = set()


# One of each of three styles; each takes four to six seconds. The others run with `--full`, and in CI.
QUICK = {
    "basics/sequential_tf.py",
    "loops/gradient_tape_loop.py",
    "subclassing/custom_train_step.py",
}


NEEDED = {"data/scikit_learn.py": "sklearn"}  # optional packages


@pytest.mark.parametrize("script", quick_rows(SCRIPTS, QUICK))
def test_script_agrees(script, outcome_of):
    if script in NEEDED:
        pytest.importorskip(NEEDED[script])
    outcome = outcome_of(script)
    assert outcome.agrees, "\n".join(outcome.problems)


def test_there_are_at_least_forty_scripts_in_many_styles():
    assert len(SCRIPTS) >= 40
    text = {script: (FOLDER / script).read_text() for script in SCRIPTS}
    for style in (
        "import tensorflow as tf",
        "import tensorflow.keras as keras",
        "from tensorflow import keras",
        "from tensorflow.keras.layers import",
        "import keras\n",
        "import tensorflow.keras.backend as K",
        "tf.GradientTape()",
        "@tf.function",
        "tf.data.Dataset",
        "train_on_batch",
        "def train_step(self, data)",
        "argparse",
    ):
        assert any(style in source for source in text.values()), style


# The two forms of script from which this project began, word for word.
FIRST_FORM = """
import tensorflow as tf
model = tf.keras.Sequential()
model.add(tf.keras.layers.Dense(100, activation='relu'))
model.add(tf.keras.layers.Dense(10, activation='softmax'))
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(data, labels, epochs=10)
results = model.evaluate(test_data, test_labels)
predictions = model.predict(new_data)
"""
SECOND_FORM = FIRST_FORM.replace("tensorflow as tf", "tensorflow.keras as keras").replace("tf.keras", "keras")


@pytest.mark.parametrize("form, script", [(FIRST_FORM, "sequential_tf"), (SECOND_FORM, "sequential_keras")])
def test_the_first_two_forms_of_script_are_there(form, script):
    lines = (FOLDER / "basics" / f"{script}.py").read_text().splitlines()
    positions = [lines.index(line) for line in form.strip().splitlines()]
    assert positions == sorted(positions)


def test_much_used_names_are_there():
    assert set(missing_common_names()) == NOT_THERE_YET


@pytest.mark.parametrize(
    "text, numbers",
    [
        ("loss: 0.5 - acc 1e-3, -2", [0.5, 1e-3, -2.0]),
        ("4/4 - 0s - 41ms/step - loss: 0.25", [4.0, 4.0, 0.25]),
        ("3/3 ━━━━━━━━ 0s 20ms/step - loss: 7\nend 8", [8.0]),
        ("dense_1 (Dense) float32 [1.5]", [1.5]),
    ],
)
def test_numbers_are_found_in_what_is_printed(text, numbers):
    found = printed_numbers(text.replace("4/4", "4 4"))
    assert [n for n in found if n] == [n for n in numbers if n]


def test_printed_numbers_that_differ_are_reported():
    assert compare_printed("a 1.0 b 2.0", "a 1.001 b 2.0") == (2, [])
    assert "(2, 2.1)" in compare_printed("a 1.0 b 2.0", "a 1.0 b 2.1")[1][0]
    assert compare_printed("17 of 20: 0.85", "16 of 20: 0.84") == (3, [])  # a sample more or less on one side
    assert "(17, 15)" in compare_printed("17 of 20", "15 of 20")[1][0]
    assert "(0.85, 0.8)" in compare_printed("0.85", "0.8")[1][0]
    assert "(0, 1)" in compare_printed("0 0 0 0 0 0", "1 1 1 1 1 1")[1][0]
    assert "printed 2 numbers" in compare_printed("1 2", "1")[1][0]
    assert "no numbers" in compare_printed("", "")[1][0]
