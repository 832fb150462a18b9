"""The published holes of Keras, each made again: none of them opens here.

The attacks are those of the advisories, on files as an attacker would give them away. What would run writes a file, or
sets a variable; the tests look for that.
"""

import base64
import io
import json
import marshal
import os
import tarfile
import zipfile

import h5py
import numpy as np
import pytest

import minikeras as keras
from minikeras.serialization import in_safe_mode

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*has no optimizer, loss and metrics"),
    pytest.mark.filterwarnings("ignore:Skipping an unsafe member"),
    pytest.mark.filterwarnings("ignore:Could not extract archive"),
]
REFUSED = (ValueError, TypeError)
X = np.ones((1, 2), "float32")


def part(module, name, config, registered_name=None, **other):
    return {"module": module, "class_name": name, "config": config, "registered_name": registered_name, **other}


def function(module, name):
    return part(module, "function", name, name)


def lambda_layer(function, arguments=None, **other):
    config = {"name": "l", "function": function, "arguments": arguments or {}, **other}
    return part("keras.layers", "Lambda", config)


def model_config(*layers):
    source = part("keras.layers", "InputLayer", {"batch_shape": [None, 2], "dtype": "float32", "name": "i"})
    return part("keras", "Sequential", {"name": "s", "layers": [source, *layers]})


def byte_code(path):
    """A lambda that makes a file, as files hold it."""
    code = compile(
        f"(lambda x: [__import__('pathlib').Path({str(path)!r}).touch(), x][1])", "<attack>", "eval"
    ).co_consts[0]
    return [base64.encodebytes(marshal.dumps(code)).decode(), None, None]


def archive(path, config, keras_version="3.15.1"):
    """A `.keras` file with this config and the weights of an empty model."""
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        file.create_group("vars")
    with zipfile.ZipFile(path, "w") as content:
        content.writestr("metadata.json", json.dumps({"keras_version": keras_version, "date_saved": "2025-01-01"}))
        content.writestr("config.json", json.dumps(config))
        content.writestr("model.weights.h5", weights.getvalue())
    return path


def legacy_file(path, config):
    """An `.h5` file with this config and no weights."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config).encode()
        file.attrs["keras_version"] = b"2.4.0"
        file.create_group("model_weights").attrs["layer_names"] = np.array([], "S1")
    return path


def every_way(folder, config):
    """[a function that reads the config, …]: from files of all kinds, JSON, and as a dict."""
    return [
        lambda **how: keras.models.load_model(archive(folder / "m.keras", config), **how),
        lambda **how: keras.models.load_model(archive(folder / "m2.keras", config, "2.15.0"), **how),
        lambda **how: keras.models.load_model(legacy_file(folder / "m.h5", config), **how),
        lambda **how: keras.saving.deserialize_keras_object(config, **how),
        lambda **how: keras.layers.deserialize(config),
        lambda **how: keras.models.model_from_json(json.dumps(config)),
        lambda **how: keras.Sequential.from_config(config["config"]),
    ]


def refuse_everywhere(folder, config, trace, **how):
    """Check that the config is refused by every reader, and that it left no trace (a file or folder)."""
    for read in every_way(folder, config):
        with pytest.raises(REFUSED):
            read(**how)
        assert not trace.exists()
        assert in_safe_mode()


# --- CVE-2024-3660: a Lambda layer runs the code in the file ---------------------------------------------------------


@pytest.mark.parametrize("place", ["function", "output_shape", "mask"])
def test_cve_2024_3660_code_in_a_lambda_layer(place, tmp_path):
    trace = tmp_path / "trace"
    code = byte_code(trace)
    forms = [
        part(None, "__lambda__", {"value": code}),
        part(None, "__lambda__", dict(zip(("code", "defaults", "closure"), code, strict=True))),
        code,  # as Keras 2 wrote it, with "function_type": "lambda"
    ]
    for form in forms:
        settings = {place: form} if place != "function" else {}
        given = form if place == "function" else function("builtins", "relu")
        layer = lambda_layer(given, function_type="lambda", **settings)
        for read in every_way(tmp_path, model_config(layer)):
            try:
                model = read()
            except REFUSED:
                continue
            # a list is not a code but a shape or a mask, where it was not taken for a lambda
            assert isinstance(form, list)
            assert not callable(model.layers[0]._output_shape)
            assert not callable(model.layers[0].mask)
        assert not trace.exists()


# --- CVE-2025-1550: `module` and `class_name` name any function ------------------------------------------------------


@pytest.mark.parametrize(
    "module, name, arguments",
    [
        ("os", "system", {"command": "touch TRACE"}),
        ("subprocess", "run", {"args": ["touch", "TRACE"]}),
        ("subprocess", "Popen", {"args": ["touch", "TRACE"]}),
        ("builtins", "exec", {}),
        ("builtins", "eval", {}),
        ("builtins", "open", {"mode": "w"}),
        ("shutil", "copytree", {}),
        ("minikeras.saving", "save_model", {}),
    ],
)
def test_cve_2025_1550_any_module(module, name, arguments, tmp_path):
    trace = tmp_path / "trace"
    arguments = json.loads(json.dumps(arguments).replace("TRACE", str(trace)))
    for config in (
        model_config(lambda_layer(function(module, name), arguments)),
        model_config(part(module, name, arguments)),
        model_config(part(module, name, arguments, name)),
        model_config(part(f"keras.{module}", name, arguments)),
        model_config(part("keras.layers", "Dense", {"units": 1, "activation": function(module, name)})),
        model_config(part("keras.layers", "Dense", {"units": 1, "kernel_initializer": function(module, name)})),
    ):
        refuse_everywhere(tmp_path, config, trace)
        refuse_everywhere(tmp_path, config, trace, safe_mode=False)  # trust in lambdas is not trust in names


# --- CVE-2025-8747: functions of Keras's own as gadgets --------------------------------------------------------------


@pytest.mark.parametrize(
    "module, name, arguments",
    [
        ("keras.utils", "get_file", {"origin": "http://127.0.0.1:9/x", "cache_dir": "TRACE"}),
        ("keras.src.utils.file_utils", "get_file", {"origin": "http://127.0.0.1:9/x", "cache_dir": "TRACE"}),
        ("keras.models", "load_model", {"filepath": "TRACE", "safe_mode": False}),
        ("keras.saving", "save_model", {"filepath": "TRACE.keras"}),
        ("keras.saving", "load_weights", {"filepath": "TRACE"}),
        ("keras.saving", "deserialize_keras_object", {"safe_mode": False}),
        ("keras.utils", "save_img", {"path": "TRACE.png"}),
        ("keras.utils", "plot_model", {"to_file": "TRACE.svg"}),
        ("keras.saving", "KerasFileEditor", {"filepath": "TRACE"}),
        ("keras.callbacks", "CSVLogger", {"filename": "TRACE"}),
        ("keras.datasets.mnist", "load_data", {"path": "TRACE"}),
        ("keras.identifiers", "deserialize_keras_object", {"safe_mode": False}),
    ],
)
def test_cve_2025_8747_functions_of_keras_as_gadgets(module, name, arguments, tmp_path):
    trace = tmp_path / "trace"
    arguments = json.loads(json.dumps(arguments).replace("TRACE", str(trace)))
    for config in (
        model_config(lambda_layer(function(module, name), arguments)),
        model_config(part(module, name, arguments)),
        model_config(part("keras.layers", "Dense", {"units": 1, "activation": function(module, name)})),
    ):
        refuse_everywhere(tmp_path, config, trace)


def test_cve_2025_8747_the_reader_as_an_operation_of_the_graph(tmp_path):
    """The chain: an op calls the reader on a config in its arguments, which trusts the lambda there."""
    trace = tmp_path / "trace"
    lambda_config = part(None, "__lambda__", {"value": byte_code(trace)})
    reader = function("keras.identifiers", "deserialize_keras_object")
    tensor = part(None, "__keras_tensor__", {"shape": [None, 2], "dtype": "float32", "keras_history": ["i", 0, 0]})
    source = part("keras.layers", "InputLayer", {"batch_shape": [None, 2], "dtype": "float32", "name": "i"})
    for op_name, config, arguments in (
        ("VectorizedMap", {}, {"function": reader}),
        ("Map", {"f": reader}, {}),
        ("Cond", {}, {"true_fn": reader, "false_fn": reader}),
        ("WhileLoop", {"cond": reader, "body": reader}, {}),
        ("ForiLoop", {"lower": 0, "upper": 1, "body_fun": reader}, {}),
        ("ForiLoop", {"lower": 0, "upper": 10**15, "body_fun": function("keras.activations", "relu")}, {}),
    ):
        op = part("keras.src.ops.core", op_name, {"name": "o", **config}, op_name)
        node = {"args": [tensor, lambda_config], "kwargs": {**arguments, "safe_mode": False}}
        layers = [
            {**source, "name": "i", "inbound_nodes": []},
            {**op, "name": "o", "inbound_nodes": [node]},
        ]
        graph = {"name": "m", "layers": layers, "input_layers": [["i", 0, 0]], "output_layers": [["o", 0, 0]]}
        functional = part("keras.src.models.functional", "Functional", graph, "Functional")
        refuse_everywhere(tmp_path, functional, trace)


# --- CVE-2025-9905: safe mode was not heeded for .h5 files -----------------------------------------------------------


@pytest.mark.parametrize("ending", ["h5", "hdf5"])
def test_cve_2025_9905_lambdas_in_h5_files(ending, tmp_path):
    trace = tmp_path / "trace"
    path = tmp_path / f"m.{ending}"
    for form in (byte_code(trace), part(None, "__lambda__", {"value": byte_code(trace)})):
        legacy_file(path, model_config(lambda_layer(form, function_type="lambda")))
        for how in ({"safe_mode": True}, {"safe_mode": True, "compile": False}, {}):
            with pytest.raises(ValueError, match="lambda"):
                keras.models.load_model(path, **how)
            assert not trace.exists()
    keras.models.load_model(path, safe_mode=False, compile=False).predict(X, verbose=0)
    assert trace.exists()  # the attack is a real one


# --- CVE-2025-9906: the config turns safe mode off -------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["function", "class", "layer"])
@pytest.mark.parametrize("module", ["keras.config", "keras.src.saving.serialization_lib", "minikeras.config"])
def test_cve_2025_9906_the_config_turns_safe_mode_off(module, kind, tmp_path):
    trace = tmp_path / "trace"
    switch = {
        "function": lambda_layer(function(module, "enable_unsafe_deserialization")),
        "class": part(module, "enable_unsafe_deserialization", {}),
        "layer": part("keras.layers", "Activation", {"activation": function(module, "enable_unsafe_deserialization")}),
    }[kind]
    attack = lambda_layer(part(None, "__lambda__", {"value": byte_code(trace)}))
    refuse_everywhere(tmp_path, model_config(switch, attack), trace)
    for inner in ({"safe_mode": False}, {"config": {**attack["config"], "safe_mode": False}}):
        refuse_everywhere(tmp_path, {**model_config({**attack, **inner}), "safe_mode": False}, trace)


# --- CVE-2025-12058: a vocabulary is read from any path --------------------------------------------------------------


@pytest.mark.parametrize("name", ["StringLookup", "IntegerLookup", "TextVectorization", "IndexLookup"])
def test_cve_2025_12058_a_vocabulary_that_is_a_path(name, tmp_path):
    """Layers that look words up: even if the file changes, its words do not get into the model."""
    secret = tmp_path / "secret.txt"
    secret.write_text("password\n12345\n")
    for path in (str(secret), f"file://{secret}", "http://127.0.0.1:9/secret"):
        layer = part("keras.layers", name, {"name": "v", "vocabulary": path})
        for read in every_way(tmp_path, part("keras", "Sequential", {"name": "s", "layers": [layer]})):
            try:
                model = read()
            except (*REFUSED, NotImplementedError):
                continue
            assert not any("password" in str(layer.get_config()) for layer in model.layers)


# --- CVE-2025-12060 and CVE-2025-12638: archives that write outside of their folder ----------------------------------


def tar_with(path, *members):
    with tarfile.open(path, "w:gz") as file:
        for name, kind, target, data in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, target, len(data)
            file.addfile(info, io.BytesIO(data))


def unpacked(folder):
    """`get_file` on an archive that lies in the cache already, as it would after the download."""
    try:
        keras.utils.get_file(
            "a.tar.gz", origin="http://127.0.0.1:9/a.tar.gz", cache_dir=folder, cache_subdir="", extract=True
        )
    except (OSError, ValueError):
        return


@pytest.mark.parametrize(
    "members",
    [
        [("../../trace", tarfile.REGTYPE, "", b"x")],
        [("/{}/trace", tarfile.REGTYPE, "", b"x")],
        [("link", tarfile.SYMTYPE, "../..", b""), ("link/trace", tarfile.REGTYPE, "", b"x")],
        [("link", tarfile.SYMTYPE, "{}", b""), ("link/trace", tarfile.REGTYPE, "", b"x")],
        [("a/b", tarfile.SYMTYPE, "../../..", b""), ("a/b/trace", tarfile.REGTYPE, "", b"x")],
        [("hard", tarfile.LNKTYPE, "../../victim", b"")],
    ],
    ids=["parent", "absolute", "link to parent", "link elsewhere", "deep link", "hard link"],
)
def test_cve_2025_12060_archives_that_write_outside(members, tmp_path):
    cache = tmp_path / "outer" / "cache"
    cache.mkdir(parents=True)
    (tmp_path / "victim").write_text("untouched")
    filled = [(name.format(tmp_path), kind, target.format(tmp_path), data) for name, kind, target, data in members]
    tar_with(cache / "a.tar.gz", *filled)
    unpacked(cache)
    assert not (tmp_path / "trace").exists()
    assert not (tmp_path / "outer" / "trace").exists()
    assert (tmp_path / "victim").read_text() == "untouched"
    assert (tmp_path / "victim").stat().st_nlink == 1


def test_cve_2025_12638_links_whose_path_is_too_long_to_resolve(tmp_path):
    """Beyond the longest path that the system resolves, links were taken for harmless; a last link leads out."""
    cache = tmp_path / "outer" / "cache"
    cache.mkdir(parents=True)
    part_name = "d" * 200
    members, path = [], ""
    for letter in "abcdefghijklmnopqrstuvwxyz":
        members.append((f"{path}{part_name}", tarfile.DIRTYPE, "", b""))
        members.append((f"{path}{letter}", tarfile.SYMTYPE, part_name, b""))
        path += f"{letter}/"
    members.append((f"{path}{'l' * 254}", tarfile.SYMTYPE, "../" * 26, b""))
    members.append(("escape", tarfile.SYMTYPE, f"{path}{'l' * 254}/../../", b""))
    members.append(("escape/trace", tarfile.REGTYPE, "", b"x"))
    tar_with(cache / "a.tar.gz", *members)
    unpacked(cache)
    found = [os.path.join(folder, name) for folder, _, names in os.walk(tmp_path) for name in names]
    assert [name for name in found if os.path.basename(name) == "trace" and not name.startswith(str(cache))] == []


# --- CVE-2026-1462: TFSMLayer loads a SavedModel from any path -------------------------------------------------------


@pytest.mark.parametrize("module", ["keras.layers", "keras.src.export.tfsm_layer", "keras.export", None])
def test_cve_2026_1462_a_layer_that_loads_another_model(module, tmp_path):
    trace = tmp_path / "saved_model"
    config = {"name": "t", "filepath": str(trace), "call_endpoint": "serve"}
    refuse_everywhere(tmp_path, model_config(part(module, "TFSMLayer", config)), trace)
