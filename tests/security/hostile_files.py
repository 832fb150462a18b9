"""Files that are made to harm, or merely odd: each is a good file with one thing changed.

Each case gives the name of the file, whose ending decides how it is loaded, and what comes of it: "refused" or "loads".
"""

import os
import pickle
import struct

import h5py
import numpy as np

from tests.security.hostile_case import MEGABYTE, case


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
