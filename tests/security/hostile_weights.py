"""Hostile `.weights.h5` files: links, shapes and sizes, dtypes, structure."""

import zlib
from pathlib import Path

import h5py
import numpy as np

from tests.security.hostile_case import KERNEL, LARGE, MEGABYTE, case, compressed_zeros, replaced

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
