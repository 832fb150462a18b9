"""Hostile `.keras` and `.npz` files: members, assets, layers with code of their own for their files."""

import io
import json
import pickle
import struct
import zipfile
import zlib
from pathlib import Path

import h5py
import numpy as np

from tests.security.hostile_case import LARGE, MEGABYTE, case, replaced

# --- the layer with code of its own ----------------------------------------------------------------------------------

TABLE = "layers/words/vars/table"


def in_weights(path, change):
    """Change the weights inside a `.keras` file."""
    members = members_of(path)
    weights = Path(path).with_suffix(".inner")
    weights.write_bytes(members["model.weights.h5"])
    change(weights)
    write_archive(path, {**members, "model.weights.h5": weights.read_bytes()})


def members_of(path):
    """{name: bytes} of an archive."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_archive(path, members, method=zipfile.ZIP_STORED):
    """An archive with these members: {name: bytes, or a number of zeros}."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            with archive.open(name, "w") as member:
                if isinstance(content, int):
                    for _ in range(content // MEGABYTE):
                        member.write(bytes(MEGABYTE))
                else:
                    member.write(content)


@case(".words.keras")
def custom_array_of_zeros(path):
    def change(weights):
        with replaced(weights, TABLE, shape=(LARGE,), dtype="u1", chunks=(MEGABYTE,), compression="gzip") as file:
            for at in range(0, LARGE, MEGABYTE):
                file[TABLE].id.write_direct_chunk((at,), zlib.compress(bytes(MEGABYTE)))

    in_weights(path, change)


@case(".words.keras")
def many_custom_arrays_that_store_nothing(path):
    def change(weights):
        with h5py.File(weights, "a") as file:
            for i in range(100):
                file.create_dataset(f"layers/words/vars/{i}", (40 * MEGABYTE,), "u1", chunks=(MEGABYTE,))

    in_weights(path, change)


@case(".words.keras")
def asset_of_zeros(path):
    write_archive(path, {**members_of(path), "assets/layers/words/words.txt": LARGE}, zipfile.ZIP_DEFLATED)


@case(".words.keras")
def many_assets_of_zeros(path):
    zeros = {f"assets/layers/words/{i}.txt": 10 * MEGABYTE for i in range(20)}
    write_archive(path, {**members_of(path), **zeros}, zipfile.ZIP_DEFLATED)


@case(".words.keras", "loads")
def assets_that_nothing_takes(path):
    zeros = {f"assets/layers/dense/{i}.txt": 10 * MEGABYTE for i in range(20)}
    write_archive(path, {**members_of(path), **zeros}, zipfile.ZIP_DEFLATED)


@case(".words.keras")
def damaged_asset(path):
    members = members_of(path)
    write_archive(path, members)
    data = bytearray(path.read_bytes())
    at = data.index(members["assets/layers/words/words.txt"])
    data[at] ^= 1
    path.write_bytes(data)


@case(".words.keras")
def assets_in_deep_folders(path):
    deep = "assets/layers/words/" + "a/" * 5000 + "x.txt"
    write_archive(path, {**members_of(path), deep: b"x"})


@case(".words.keras")
def asset_with_a_long_name(path):
    write_archive(path, {**members_of(path), f"assets/layers/words/{'n' * 300}": b"x"})


@case(".words.keras")
def asset_inside_a_file(path):
    write_archive(path, {**members_of(path), "assets/layers/words/words.txt/inner": b"x"})


@case(".words.keras")
def assets_of_one_name(path):
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo("assets/layers/words/words.txt"), b"x")


@case(".words.keras", "loads")
def no_vocabulary(path):
    write_archive(path, {k: v for k, v in members_of(path).items() if not k.startswith("assets")})


def _asset_named(name, label):
    def build(path):
        write_archive(path, {**members_of(path), name: b"evil"})

    build.__name__ = f"asset_{label}"
    return build


for _member, _label in (
    ("assets/layers/words/../../../../evil", "above"),
    ("assets/..\\..\\evil", "above_on_windows"),
    ("assets/C:evil", "on_a_drive"),
):
    case(".words.keras")(_asset_named(_member, _label))


@case(".words.keras")
def asset_that_is_a_link(path):
    info = zipfile.ZipInfo("assets/layers/words/link")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, b"/etc/passwd")


# --- archives --------------------------------------------------------------------------------------------------------


def _member(name, content, label, method=zipfile.ZIP_STORED):
    def build(path):
        write_archive(path, {**members_of(path), name: content}, method)

    build.__name__ = label
    return build


for _name, _content_of_member, _label in (
    ("config.json", LARGE, "config_of_zeros"),
    ("metadata.json", LARGE, "metadata_of_zeros"),
    ("model.weights.h5", LARGE, "weights_of_zeros"),
    ("config.json", b"[" + b"[]," * (6 * MEGABYTE) + b"[]]", "config_of_many_lists"),
):
    case(".keras")(_member(_name, _content_of_member, _label, zipfile.ZIP_DEFLATED))
for _config in (b"", b"null", b"3", b'"x"', b"[]", b"{}", b'{"class_name": []}', b"\xff\xfe", b"{" * 100_000):
    case(".keras")(_member("config.json", _config, f"config_{_config[:8].hex()}"))
case(".keras", "loads")(_member("metadata.json", b"[]", "metadata_that_is_a_list"))
case(".keras")(_member("metadata.json", b"{", "metadata_that_is_no_json"))
case(".keras")(_member("model.weights.h5", b"", "no_weights"))
case(".keras")(_member("model.weights.h5", b"PK\x03\x04" + bytes(60), "weights_that_are_an_archive"))


def _missing(name):
    def build(path):
        write_archive(path, {k: v for k, v in members_of(path).items() if k != name})

    build.__name__ = f"without_{name}"
    return build


for _name in ("config.json", "metadata.json", "model.weights.h5"):
    case(".keras")(_missing(_name))


@case(".keras")
def two_configs(path):
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo("config.json"), b"{}")


@case(".keras")
def compressed_by_lzma(path):
    write_archive(path, members_of(path), zipfile.ZIP_LZMA)


@case(".keras")
def encrypted(path):
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 4)
    path.write_bytes(data)


@case(".keras")
def members_that_overlap(path):
    """Each entry of the table of contents points at the same compressed zeros."""
    write_archive(path, {"config.json": LARGE}, zipfile.ZIP_DEFLATED)
    data = path.read_bytes()
    at, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entry = data[at:end]
    entries = [entry.replace(b"config.json", f"a{i:09d}.b".encode()[:11]) for i in range(1000)] + [entry]
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1001, 1001, sum(map(len, entries)), at, 0)
    path.write_bytes(data[:at] + b"".join(entries) + tail)


@case(".keras")
def variables_without_end(path):
    members = members_of(path)
    config = members["config.json"].replace(b'"units": 4', b'"units": 400000000')
    assert config != members["config.json"]
    write_archive(path, {**members, "config.json": config})


@case(".keras")
def slots_without_end(path):
    members = members_of(path)
    config = json.loads(members["config.json"])
    for layer in config["config"]["layers"]:
        layer["config"].pop("units", None) if layer["class_name"] != "Dense" else layer["config"].update(units=30_000)
        layer.pop("build_config", None)
    write_archive(path, {**members, "config.json": json.dumps(config).encode()})


# --- .npz ------------------------------------------------------------------------------------------------------------


def npy(array=None, shape=None, dtype="<f4", data=b"", header=None):
    """The bytes of a `.npy` file; what its header says may be untrue."""
    if array is not None:
        memory = io.BytesIO()
        np.save(memory, array, allow_pickle=True)
        return memory.getvalue()
    text = repr({"descr": dtype, "fortran_order": False, "shape": shape}) if header is None else header
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode("latin1") + data


_NPZ_KERNEL = "m/dense/kernel.npy"
for _content_of_member, _label, _outcome in (
    (npy(shape=(1 << 20, 1 << 14)), "shape_without_values", "refused"),
    (npy(shape=(3, 4), data=bytes(48) + bytes(LARGE)), "more_values_than_the_shape", "refused"),
    (npy(shape=(3, 4), data=bytes(40)), "fewer_values_than_the_shape", "refused"),
    (npy(shape=(-3, -4), data=bytes(48)), "negative_shape", "refused"),
    (npy(np.zeros((3, 4), object)), "objects", "refused"),
    (npy(np.zeros((3, 4), [("a", "f4")])), "records", "refused"),
    (npy(np.full((3, 4), "1.0")), "text", "refused"),
    (npy(header="{" + "(" * 3000), "nested_header", "refused"),
    (npy(header="__import__('os').system('true')"), "code_in_the_header", "refused"),
    (npy(header="{'descr': 'x', 'shape': 3}"), "odd_header", "refused"),
    (b"\x93NUMPY\x02\x00" + b"\xff" * 4, "header_without_end", "refused"),
    (pickle.dumps(np.zeros(3)), "pickle_inside", "refused"),
    (npy(np.asfortranarray(np.ones((3, 4), ">f8"))), "fortran_order_and_big_endian", "loads"),
):
    case(".npz", _outcome)(_member(_NPZ_KERNEL, _content_of_member, _label, zipfile.ZIP_DEFLATED))


@case(".npz")
def array_file_in_the_place_of_npz(path):
    with open(path, "wb") as file:
        np.save(file, np.zeros(3))


@case(".npz")
def two_arrays_of_one_name(path):
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo(_NPZ_KERNEL), npy(np.zeros((3, 4), "f4")))


@case(".npz")
def many_members(path):
    write_archive(path, {**members_of(path), **{f"{i}.npy": b"" for i in range(20_000)}})


@case(".state.npz")
def state_of_another_model(path):
    members = members_of(path)
    members.pop("optimizer/3.npy")
    write_archive(path, members)


@case(".state.npz")
def state_whose_last_array_is_damaged(path):
    members = members_of(path)
    last = max(name for name in members if name.startswith("optimizer"))
    write_archive(path, {**members, last: members[last][:-4]})


@case(".state.npz")
def progress_that_is_no_number(path):
    write_archive(path, {**members_of(path), "progress/epoch.npy": npy(np.array(["soon"]))})
