"""Files that are made to harm, or merely odd: each is a good file with one thing changed.

Each case gives the name of the file, whose ending decides how it is loaded, and what comes of it: "refused" or "loads".
"""

import io
import json
import os
import pickle
import struct
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

MEGABYTE = 1 << 20
LARGE = 200 * MEGABYTE  # what a bomb would make, well above what is allowed
KERNEL = "layers/dense/vars/0"  # (3, 4)


class Case(NamedTuple):
    """A file to load.

    Attributes:
        name: of the case.
        ending: of the file.
        outcome: "refused" or "loads".
        build: called with the path at which the good file is, and with nothing there for another file.
    """

    name: str
    ending: str
    outcome: str
    build: object


CASES = []


def case(ending, outcome="refused"):
    """Decorator: the function makes a good file hostile. Its name is that of the case."""

    def note(build):
        CASES.append(Case(f"{build.__name__}{ending}", ending, outcome, build))
        return build

    return note


def compressed_zeros(count):
    """`count` zeros as zlib compresses them, a thousandth of that."""
    packer = zlib.compressobj(9)
    return b"".join([packer.compress(bytes(MEGABYTE)) for _ in range(count // MEGABYTE)] + [packer.flush()])


def replaced(path, name=KERNEL, **arguments):
    """Put another dataset in the place of one, made by `create_dataset` with these arguments; the open file."""
    file = h5py.File(path, "a")
    del file[name]
    if arguments:
        file.create_dataset(name, **arguments)
    return file


# --- HDF5: links, and arrays that are elsewhere ----------------------------------------------------------------------


@case(".weights.h5")
def external_link(path):
    with replaced(path) as file:
        file[KERNEL] = h5py.ExternalLink(str(path), "/layers/dense_1/vars/0")


@case(".weights.h5")
def soft_link(path):
    with replaced(path) as file:
        file[KERNEL] = h5py.SoftLink("/layers/dense_1/vars/0")


@case(".weights.h5")
def link_to_a_group_elsewhere(path):
    with replaced(path, "layers/dense") as file:
        file["layers/dense"] = h5py.ExternalLink("other.h5", "/")


@case(".weights.h5")
def link_to_a_group_last(path):
    with replaced(path, "optimizer") as file:
        file["optimizer"] = h5py.SoftLink("/layers")


@case(".weights.h5")
def bytes_in_another_file(path):
    secret = Path(path).with_suffix(".secret")
    secret.write_bytes(bytes(48))
    with replaced(path, data=None, shape=(3, 4), dtype="f4", external=[(str(secret), 0, 48)]):
        pass


@case(".weights.h5")
def virtual_array(path):
    layout = h5py.VirtualLayout(shape=(3, 4), dtype="f4")
    layout[...] = h5py.VirtualSource(str(path), "layers/dense_1/vars/0", shape=(3, 4))
    with replaced(path) as file:
        file.create_virtual_dataset(KERNEL, layout)


@case(".weights.h5", "loads")
def circle_of_hard_links(path):
    with h5py.File(path, "a") as file:
        file["layers/again"] = file["layers"]
        file["layers/dense/up"] = file["/"]


@case(".weights.h5")
def a_layer_that_is_all_layers(path):
    with replaced(path, "layers/dense") as file:
        file["layers/dense"] = file["/"]


# --- HDF5: shapes and sizes ------------------------------------------------------------------------------------------


@case(".weights.h5")
def huge_array_that_stores_nothing(path):
    with replaced(path, shape=(1 << 20, 1 << 14), dtype="f4", chunks=(1, 1 << 14)):
        pass


@case(".weights.h5")
def huge_array_of_zeros(path):
    with replaced(path, shape=(LARGE,), dtype="u1", chunks=(MEGABYTE,), compression="gzip") as file:
        for at in range(0, LARGE, MEGABYTE):
            file[KERNEL].id.write_direct_chunk((at,), zlib.compress(bytes(MEGABYTE)))


@case(".weights.h5")
def right_shape_without_values(path):
    with replaced(path, shape=(3, 4), dtype="f4"):
        pass


@case(".weights.h5")
def chunk_that_inflates(path):
    shape = {"shape": (3, 4), "maxshape": (None, None), "chunks": (256, 256), "dtype": "f4"}
    with replaced(path, **shape, compression="gzip") as file:
        file[KERNEL].id.write_direct_chunk((0, 0), compressed_zeros(LARGE))


@case(".weights.h5")
def chunk_larger_than_the_array(path):
    shape = {"shape": (3, 4), "maxshape": (None, None), "chunks": (8192, 8192), "dtype": "f4"}
    with replaced(path, **shape, compression="gzip") as file:
        file[KERNEL].id.write_direct_chunk((0, 0), compressed_zeros(8192 * 8192 * 4))


@case(".weights.h5")
def missing_chunk(path):
    with replaced(path, shape=(3, 4), dtype="f4", chunks=(1, 4)) as file:
        file[KERNEL][0] = 1.0


@case(".weights.h5")
def damaged_chunk(path):
    with replaced(path, shape=(3, 4), dtype="f4", chunks=(3, 4), compression="gzip") as file:
        file[KERNEL].id.write_direct_chunk((0, 0), b"no deflate stream")


@case(".weights.h5")
def wrong_checksum(path):
    with replaced(path, shape=(3, 4), dtype="f4", chunks=(3, 4), fletcher32=True) as file:
        file[KERNEL].id.write_direct_chunk((0, 0), bytes(range(52)))


@case(".weights.h5", "loads")
def compressed_shuffled_and_with_checksums(path):
    with h5py.File(path, "a") as file:
        values = file[KERNEL][...]
    how = {"chunks": (2, 3), "compression": "gzip", "shuffle": True, "fletcher32": True}
    with replaced(path, data=values, **how):
        pass


@case(".weights.h5")
def compressed_by_lzf(path):
    with replaced(path, data=np.zeros((3, 4), "f4"), chunks=(3, 4), compression="lzf"):
        pass


@case(".weights.h5", "loads")
def many_huge_arrays_beside(path):
    with h5py.File(path, "a") as file:
        for i in range(50):
            file.create_dataset(f"layers/other_{i}/vars/0", (1 << 20, 1 << 14), "f4", chunks=(1, 1 << 14))


@case(".weights.h5")
def another_rank(path):
    with replaced(path, data=np.zeros((3, 4, 1), "f4")):
        pass


@case(".weights.h5")
def a_size_of_zero(path):
    with replaced(path, data=np.zeros((0, 4), "f4")):
        pass


@case(".weights.h5")
def no_elements_at_all(path):
    with replaced(path) as file:
        file[KERNEL] = h5py.Empty("f4")


@case(".weights.h5")
def the_last_array_does_not_fit(path):
    with replaced(path, "optimizer/vars/0", data=np.zeros((2,), "i8")):
        pass


# --- HDF5: dtypes ----------------------------------------------------------------------------------------------------

ODD_DTYPES = {
    "compound": np.zeros((3, 4), [("a", "f4"), ("b", "i4")]),
    "complex": np.zeros((3, 4), "c8"),
    "text": np.full((3, 4), b"1.0"),
    "opaque": np.zeros((3, 4), "V4"),
    "text_of_variable_length": np.full((3, 4), "1.0", h5py.string_dtype()),
    "lists": np.empty((3, 4), h5py.vlen_dtype(np.float32)),
    "references": np.empty((3, 4), h5py.ref_dtype),
    "times": np.zeros((3, 4), "M8[s]").astype(h5py.opaque_dtype("M8[s]")),
    "arrays": np.zeros((3, 4), "(2,)f4"),
    "long_double": np.zeros((3, 4), "longdouble"),
}


def _with_dtype(name):
    def build(path):
        value = ODD_DTYPES[name]
        with replaced(path, shape=(3, 4), dtype=np.dtype("(2,)f4") if name == "arrays" else value.dtype) as file:
            if name not in ("lists", "references", "arrays"):
                file[KERNEL][...] = value

    build.__name__ = f"elements_of_{name}"
    return build


for _name in ODD_DTYPES:
    case(".weights.h5")(_with_dtype(_name))


@case(".weights.h5", "loads")
def other_numbers(path):
    """Doubles, big-endian, halves and integers become the float32 of the variable, as in Keras."""
    for name, dtype in ((KERNEL, ">f8"), ("layers/dense/vars/1", "f2"), ("layers/dense_1/vars/1", "i8")):
        with h5py.File(path) as file:
            values = file[name][...].astype(dtype)
        with replaced(path, name, data=values):
            pass


@case(".weights.h5")
def floats_for_a_counter(path):
    with replaced(path, "optimizer/vars/0", data=np.float32(1.5)):
        pass


# --- HDF5: structure -------------------------------------------------------------------------------------------------


@case(".weights.h5")
def group_in_the_place_of_an_array(path):
    with replaced(path) as file:
        file.create_group(KERNEL)


@case(".weights.h5")
def array_in_the_place_of_a_group(path):
    with replaced(path, "layers/dense/vars", data=np.zeros(3)):
        pass


@case(".weights.h5")
def groups_ten_thousand_deep(path):
    with h5py.File(path, "a") as file:
        group = file
        for _ in range(10_000):
            group = group.create_group("a")


@case(".weights.h5", "loads")
def names_of_any_kind(path):
    with h5py.File(path, "a") as file:
        for name in ("é", "x" * 5000, "\n", "%s{}", "\x1b[31m"):
            file[f"layers/{name}/vars/0"] = 1.0
        file.create_group(b"layers/\xff\xfe")


@case(".weights.h5")
def group_in_the_form_of_hdf5_1_8(path):
    with h5py.File(path) as file:
        arrays = {name: file[name][...] for name in ("layers/dense/vars/0", "layers/dense/vars/1")}
    with h5py.File(path, "w", libver="latest") as file:
        for i in range(30):
            file[f"layers/dense_{i}/vars/0"] = 1.0
        for name, array in arrays.items():
            file[name] = array


def _cut(share):
    def build(path):
        path.write_bytes(path.read_bytes()[: int(len(path.read_bytes()) * share)])

    build.__name__ = f"cut_off_at_{share}"
    return build


def _content(name, data):
    def build(path):
        path.write_bytes(data)

    build.__name__ = name
    return build


def _pipe(path):
    path.unlink()
    os.mkfifo(path)


def _device(path):
    path.unlink()
    path.symlink_to("/dev/zero")


_pipe.__name__, _device.__name__ = "pipe", "device"
_ENDINGS = (".keras", ".h5", ".weights.h5", ".npz", ".state.npz")
for _ending in _ENDINGS:
    for _share in (0.1, 0.5, 0.9, 0.999):
        case(_ending)(_cut(_share))
    case(_ending)(_content("pickle", pickle.dumps({"a": np.zeros(3)})))
    case(_ending)(_content("empty", b""))
    case(_ending)(_content("signature_alone", b"\x89HDF\r\n\x1a\n" if "h5" in _ending else b"PK\x03\x04"))
    case(_ending)(_content("end_of_a_zip_archive", b"PK\x05\x06" + bytes(18)))
    case(_ending)(_pipe)
    case(_ending)(_device)


# --- the older .h5 ---------------------------------------------------------------------------------------------------


@case(".h5")
def names_that_are_one_long_text(path):
    """Four thousand references to a text of a megabyte: four gigabytes of names from a file of one megabyte."""
    with h5py.File(path, "a") as file:
        group = file["model_weights"]
        del group.attrs["layer_names"]
        group.attrs["layer_names"] = ["x" * MEGABYTE, *["y"] * 3999]
    data = bytearray(path.read_bytes())
    at = data.index(struct.pack("<I", MEGABYTE) + struct.pack("<Q", 0)[:0])
    reference = bytes(data[at : at + 16])
    data[at : at + 16 * 4000] = reference * 4000
    path.write_bytes(data)


@case(".h5")
def config_of_many_megabytes(path):
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = "[" + "[]," * (6 * MEGABYTE) + "[]]"


@case(".h5")
def config_that_is_a_number(path):
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = 3


@case(".h5")
def config_of_nested_lists(path):
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = "[" * 100_000 + "]" * 100_000


@case(".h5")
def layers_that_are_links(path):
    with h5py.File(path, "a") as file:
        del file["model_weights/dense"]
        file["model_weights/dense"] = h5py.SoftLink("/optimizer_weights")


@case(".h5")
def weights_that_are_missing(path):
    with h5py.File(path, "a") as file:
        del file["model_weights/dense_1"]


@case(".h5")
def huge_array_in_an_older_file(path):
    with h5py.File(path, "a") as file:
        group = file["model_weights/dense"]
        name = group.attrs["weight_names"][0]
        del group[name]
        group.create_dataset(name, (1 << 20, 1 << 14), "f4", chunks=(1, 1 << 14))


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
