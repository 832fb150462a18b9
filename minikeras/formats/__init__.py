"""Reads files safely and writes them atomically, for all packages above that store arrays in files.

Nothing here depends on models.

Reading: `hdf5/` and `npz.py` list the arrays of a file by name, shape and dtype before any of them is read
(`stored_array.py`); `zip_archive.py` gives the members of a zip archive; `budget.py` limits what one file may take;
`unreadable.py` has the errors.

Writing: `replacing.py` replaces an old file by a complete new one, or leaves the old one; `exchanging.py` does the same
for folders; `temporary.py` makes the temporary file, and removes those of processes that died.
"""
