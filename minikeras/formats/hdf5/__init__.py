"""HDF5 files: read here, byte by byte, and written by the HDF5 library to memory.

The library's C code trusts the file: of files with a few wrong bytes, one in a thousand makes it run for ever or crash
the process. Keras's files use a small part of the format, and reading that takes few lines of Python, in which a wrong
byte is an error that names the file:

    file        the superblock leads to the group at the top; `Group` finds groups and arrays by their paths
    headers     each object has a header, a list of messages
    links       the names in a group and the addresses of the named objects; `btree` finds them
    attributes  text stored with a group, such as a model's config
    arrays      dataspace (shape), datatype and layout of an array; `chunks` are undone one by one
    source      the bytes, and limits on how many of them are structure

`writing` asks the library for new files. Where it is not installed, `composing` makes them in the same few forms.

The numbers are those of the "HDF5 File Format Specification, version 3.0" (The HDF Group).
"""

from minikeras.formats.hdf5.file import Group, open_hdf5
from minikeras.formats.hdf5.writing import hdf5_image

__all__ = ["Group", "hdf5_image", "open_hdf5"]
