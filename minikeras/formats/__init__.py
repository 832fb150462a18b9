"""File formats, read safely and written atomically: HDF5, npz, zip, TFRecord, protobuf, images, SavedModel.

Nothing here depends on layers or models.

Reading: `hdf5/` and `npz.py` list the arrays of a file by name, shape and dtype before any of them is read
(`stored_array.py`); `zip_archive.py` gives the members of a zip archive, `tar_stream.py` the contents of a tar file;
`budget.py` limits what one file may take; `unreadable.py` has the errors.

Writing: `replacing.py` replaces an old file by a complete new one, or leaves the old one; `exchanging.py` does the same
for folders; `temporary.py` makes the temporary file, and removes those of processes that died.

Formats of TensorFlow: `tfrecord.py`, `protobuf/`, `saved_model/` and TensorBoard's `event_files.py`. Images and sound:
`image_files.py` (files and arrays), `image_coding.py` (bytes and pixels), `jpeg_decoding.py`, `wav_files.py`.
"""
