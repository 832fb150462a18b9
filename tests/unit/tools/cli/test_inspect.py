"""`minikeras inspect` and `minikeras diff`: what is in files, how two differ, and files that are hostile."""

import json
import tracemalloc
import zipfile

import h5py
import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops
from minikeras.saving import file_differences
from minikeras.saving.inspection import inspected
from minikeras.tools.cli import main


def model(name="head", units=3):
    inputs = keras.Input((4,), name="entry")
    y = layers.Dense(5, activation="relu", name="first")(inputs)
    y = layers.BatchNormalization(name="norm")(y)
    y = keras.Sequential([layers.Dense(4), layers.Dense(units)], name=name)(y)
    made = keras.Model(inputs, y)
    made.compile("adam", "mse", metrics=["mae"])
    return made


def shown(capsys, *arguments):
    """(exit status, output, errors) of a command."""
    status = main(list(arguments))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def rewritten(path, change):
    """The `.keras` file with its config changed by a function."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    change(config)
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def row(text, name):
    """The cells of the line that begins with a name."""
    return next(line for line in text.splitlines() if line.startswith(f"{name} ")).split()


def test_a_keras_file(tmp_path, capsys):
    made = model()
    made.fit(np.ones((4, 4)), np.ones((4, 3)), verbose=0)
    made.save(tmp_path / "model.keras")
    status, text, _ = shown(capsys, "inspect", str(tmp_path / "model.keras"))
    assert status == 0
    assert row(text, "keras_version") == ["keras_version", "3.15.1"]
    assert row(text, "parameters") == ["parameters", str(made.count_params())]
    assert row(text, "optimizer") == ["optimizer", "Adam"]
    assert row(text, "first") == ["first", "Dense", "(None,", "4)", "25", "yes"]
    assert row(text, "head")[1] == "Sequential"
    assert row(text, "head")[-2:] == [str(made.get_layer("head").count_params()), "yes"]
    assert "optimizer/vars/2 " in text
    assert text.index("optimizer/vars/2 ") < text.index("optimizer/vars/10 ")
    assert "Nothing unusual." in text


@pytest.mark.parametrize("ending", [".weights.h5", ".h5"])
@pytest.mark.filterwarnings("ignore:HDF5 is an old format")
def test_h5_files(ending, tmp_path, capsys):
    made, path = model(), tmp_path / f"model{ending}"
    made.save(path) if ending == ".h5" else made.save_weights(path)
    status, text, _ = shown(capsys, "inspect", str(path))
    assert status == 0
    assert ("a model in the format of Keras 2" if ending == ".h5" else "weights of Keras 3") in text
    assert row(text, "parameters") == ["parameters", str(made.count_params())]
    if ending == ".h5":
        assert row(text, "first")[:2] == ["first", "Dense"]


def test_arrays_stand_in_the_order_of_their_numbers(tmp_path):
    positions = ["dense/vars/0", "dense/vars/1", "dense_2/vars/0", "dense_10/vars/0", f"dense_{'9' * 5000}/vars/0"]
    with h5py.File(tmp_path / "model.weights.h5", "w") as file:
        for place in reversed(positions):
            file[place] = np.zeros(1, "float32")
    with inspected(tmp_path / "model.weights.h5") as content:
        assert list(content.arrays) == positions


def test_the_page_escapes_names(tmp_path, capsys):
    model("<b>[red]").save(tmp_path / "model.keras")
    status, text, _ = shown(capsys, "inspect", str(tmp_path / "model.keras"), "--html", str(tmp_path / "page.html"))
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert status == 0
    assert "<b>[red]" in text
    assert "&lt;b&gt;[red]" in page
    assert "<b>[red]" not in page


def test_control_characters_of_names_do_not_reach_the_terminal(tmp_path, capsys):
    model().save(tmp_path / "model.keras")

    def change(config):
        config["config"]["layers"][1]["config"]["name"] = "clear\x1b[2Jscreen"

    rewritten(tmp_path / "model.keras", change)
    _, text, _ = shown(capsys, "inspect", str(tmp_path / "model.keras"))
    assert "\x1b" not in text
    assert "clear�[2Jscreen" in text


def test_control_characters_in_errors_do_not_reach_the_terminal(tmp_path, capsys):
    with h5py.File(tmp_path / "model.weights.h5", "w") as file:
        file["clear\x1b[2Jscreen"] = "a text"
    status, _, errors = shown(capsys, "inspect", str(tmp_path / "model.weights.h5"))
    assert status == 1
    assert "clear�[2Jscreen" in errors
    assert "\x1b" not in errors


LONG = 1_000_000  # characters of a name
FEW = 20 * LONG  # bytes: not a copy of the name for each of what is in the object of that name


def test_a_long_name_is_not_repeated(tmp_path, capsys):
    model().save(tmp_path / "model.keras")

    def change(config):
        first = config["config"]["layers"][1]["config"]
        first |= {"name": "x" * LONG, "bounds": {f"part {i}": 10**10 for i in range(500)}}

    rewritten(tmp_path / "model.keras", change)
    tracemalloc.start()
    status, text, _ = shown(capsys, "inspect", str(tmp_path / "model.keras"))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert status == 0
    assert "10,000,000,000" in text
    assert len(text) < LONG
    assert most < FEW


def test_parameters_belong_to_the_layer_of_their_own_name(tmp_path, capsys):
    made = keras.Sequential([keras.Input((4,)), layers.Dense(5, name="dense_1"), layers.Dense(2, name="dense_2")])
    with pytest.warns(UserWarning, match="HDF5 is an old format"):
        made.save(tmp_path / "model.h5")
    _, text, _ = shown(capsys, "inspect", str(tmp_path / "model.h5"))
    assert [row(text, name)[-2] for name in ("dense_1", "dense_2")] == ["25", "12"]


def test_code_is_named_and_not_run(tmp_path, capsys):
    inputs = keras.Input((2,))
    keras.Model(inputs, layers.Lambda(lambda x: x * 2, name="twice")(inputs)).save(tmp_path / "model.keras")
    status, text, _ = shown(capsys, "inspect", str(tmp_path / "model.keras"))
    assert status == 0
    assert "Python byte code (a lambda)" in text.replace("\n", " ")


def test_classes_of_others_files_and_numbers_are_named(tmp_path, capsys):
    model().save(tmp_path / "model.keras")

    def change(config):
        first = config["config"]["layers"][1]
        first |= {"module": "os", "class_name": "System", "registered_name": "System"}
        first["config"] |= {"vocabulary": "/etc/passwd", "units": 10**12}
        config["config"]["layers"][2]["module"] = "kerasevil"
        function = {"module": "builtins", "class_name": "function", "config": "own", "registered_name": "function"}
        first["config"]["activation"] = function
        first["config"]["bias_initializer"] = {"module": "shutil", "class_name": "rmtree", "config": {}}

    rewritten(tmp_path / "model.keras", change)
    with zipfile.ZipFile(tmp_path / "model.keras", "a") as archive:
        for name in ("assets/words.txt", "assets/../../x.py", "setup.py"):
            archive.writestr(name, "")
    _, text, _ = shown(capsys, "inspect", str(tmp_path / "model.keras"))
    assert "member 'assets/words.txt'" not in text
    wanted = [
        "'rmtree' of the module 'shutil'",
        "member 'assets/../../x.py'",
        "member 'setup.py'",
        "'System' of the module 'os'",
        "'/etc/passwd'",
        "1,000,000,000,000",
        "kerasevil.BatchNormalization",
    ]
    for part in (*wanted, "the module 'kerasevil'", "the function 'own'"):
        assert part in " ".join(text.split())


def test_identities_of_shared_objects_are_neither_a_finding_nor_a_difference(tmp_path, capsys):
    first, second = tmp_path / "first.keras", tmp_path / "second.keras"
    made = model()
    for path, identity in ((first, 140478430316256), (second, 139912345678912)):
        made.save(path)

        def change(config, identity=identity):
            for layer in config["config"]["layers"][1:]:
                policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}}
                layer["config"]["dtype"] = {**policy, "registered_name": None, "shared_object_id": identity}

        rewritten(path, change)
    assert "Nothing unusual." in shown(capsys, "inspect", str(first))[1]
    status, text, _ = shown(capsys, "diff", str(first), str(second))
    assert (status, "No difference." in text) == (0, True)


def test_files_of_two_formats_say_why_no_array_is_in_both(tmp_path, capsys):
    made, paths = model(), [str(tmp_path / "first.keras"), str(tmp_path / "second.h5")]
    made.save(paths[0])
    with pytest.warns(UserWarning, match="HDF5"):
        made.save(paths[1])
    status, text, _ = shown(capsys, "diff", *paths)
    assert (status, "formats name arrays in different ways" in text) == (1, True)


def test_claims_of_size_and_links(tmp_path, capsys):
    path = tmp_path / "model.weights.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("layers/dense/vars")
        group.create_dataset("0", shape=(10**6, 10**6), dtype="float32", chunks=(1000, 1000))
        group["1"] = h5py.ExternalLink("/etc/passwd", "/")
    _, text, _ = shown(capsys, "inspect", str(path))
    text = " ".join(text.split())
    assert "claims 4,000,000,000,000 bytes" in text
    assert "'layers/dense/vars/1' is a link to somewhere else" in text
    status, _, errors = shown(capsys, "diff", str(path), str(path))
    assert status == 2
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"\x89HDF\r\n\x1a\n", b"\x80\x04 pickle"])
@pytest.mark.parametrize("name", ["file.keras", "file.weights.h5", "file.txt"])
def test_other_files_take_one_sentence(content, name, tmp_path, capsys):
    (tmp_path / name).write_bytes(content)
    status, text, errors = shown(capsys, "inspect", str(tmp_path / name))
    assert (status, text) == (1, "")
    assert len(errors.splitlines()) == 1
    assert name in errors


@pytest.mark.full
def test_damaged_files_end_in_a_report_or_a_sentence(tmp_path, capsys):
    model().save(tmp_path / "model.keras")
    model().save_weights(tmp_path / "model.weights.h5")
    rng = np.random.default_rng(0)
    for ending in ("keras", "weights.h5"):
        content = bytearray((tmp_path / f"model.{ending}").read_bytes())
        for _ in range(60):
            damaged = bytearray(content)
            for place in rng.integers(0, len(content), 8):
                damaged[place] = rng.integers(256)
            path = tmp_path / f"damaged.{ending}"
            path.write_bytes(damaged)
            status, _, errors = shown(capsys, "inspect", str(path))
            assert status == 0 or len(errors.splitlines()) == 1


def test_differences_of_two_files(tmp_path, capsys):
    made, first, second = model(), str(tmp_path / "first.keras"), str(tmp_path / "second.keras")
    made.save(first)
    assert shown(capsys, "diff", first, first)[0] == 0
    kernel = made.get_layer("first").kernel
    kernel.assign(kernel.numpy() + np.eye(4, 5) * 0.25)
    made.save(second)
    status, text, _ = shown(capsys, "inspect", "--diff", first, second)
    assert status == 1
    assert next(line for line in text.splitlines() if line.startswith("layers/")).startswith("layers/dense/vars/0")
    assert " 0.25 " in text
    model(units=2).save(second)
    status, text, _ = shown(capsys, "diff", first, second)
    assert status == 1
    assert "(5, 3)" not in text
    assert "(4, 3) float32" in text
    assert "(4, 2) float32" in text


def test_settings_that_differ_late_and_classes_that_differ(tmp_path, capsys):
    model().save(tmp_path / "first.keras")
    model().save(tmp_path / "second.keras")
    words = [f"word{i}" for i in range(100)]

    def change(config, words=words):
        config["config"]["layers"][1]["config"] |= {"words": words, "factor": float("nan")}

    rewritten(tmp_path / "first.keras", change)
    names = [str(tmp_path / name) for name in ("first.keras", "second.keras")]
    status, text, _ = shown(capsys, "diff", names[0], names[0])
    assert (status, "No difference." in text) == (0, True)

    def change_late(config):
        change(config, [*words[:-1], "another"])
        config["config"]["layers"][2]["class_name"] = "LayerNormalization"

    rewritten(tmp_path / "second.keras", change_late)
    status, text, _ = shown(capsys, "diff", *names)
    text = " ".join(text.split())
    assert status == 1
    assert "'first', words: …" in text
    assert "'another'] in the second" in text
    assert "The layer 'norm' is a BatchNormalization in the first file, a LayerNormalization in the second" in text


@pytest.mark.parametrize(
    "a, b, largest",
    [
        ([2**60], [2**60 + 1], 1.0),  # the same in float64
        ([2**62], [0], 2.0**62),
        ([np.nan, np.inf, 1.0], [np.nan, np.inf, 1.0], 0.0),
        ([np.nan, 1.0], [2.0, 1.0], np.nan),
        ([True, False], [True, True], 1.0),
        (np.arange(5, dtype="float32"), np.arange(5, dtype="float32") + [0, 0, 0, 0, 0.5], 0.5),
        (ops.ones(3, "bfloat16").numpy(), ops.ones(3, "bfloat16").numpy() * 1.5, 0.5),
        ([], [], 0.0),
    ],
)
def test_the_greatest_difference(a, b, largest, monkeypatch):
    monkeypatch.setattr(file_differences, "BLOCK", 2)
    first, second = Stored(a), Stored(b)
    (difference,) = file_differences.weight_differences(first, second)
    np.testing.assert_equal(difference.largest, largest)
    assert difference.is_equal == (largest == 0)


class Stored:
    """A `Content` with one array."""

    def __init__(self, values):
        self.arrays = {"path": np.asarray(values)}

    def array(self, path):
        return self.arrays[path]


def test_a_missing_second_file(tmp_path, capsys):
    model().save(tmp_path / "model.keras")
    status, text, _ = shown(capsys, "inspect", "--diff", str(tmp_path / "model.keras"))
    assert status == 2
    assert "Name the second one" in text
