"""Files that are read with care and written whole, for everything above that keeps arrays in them.

Nothing here depends on models.

Reading: `hdf5/` and `npz.py` list the arrays of a file by name, shape and dtype before any of them is read
(`stored_array.py`); `zip_archive.py` gives the members of a zip archive; `budget.py` limits what one file may take;
`unreadable.py` words the errors.

Writing: `replacing.py` puts a whole new file in the place of the old one, or leaves the old one; `exchanging.py` does
so with folders; `temporary.py` makes the file in between, and removes those of processes that died.
"""
