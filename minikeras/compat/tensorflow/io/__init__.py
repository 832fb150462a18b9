"""`tf.io`: files, records, serialized examples and tensors; images in files stand in `image/files.py`.

| file | holds |
| --- | --- |
| `files.py`, `gfile.py` | reading, writing and finding files |
| `records.py` | writing TFRecord files |
| `parsing.py` | features of `tf.train.Example`s as tensors |
| `decoding.py` | bytes and text as numbers |
"""

from minikeras.compat.tensorflow.image.files import (
    decode_and_crop_jpeg,
    decode_bmp,
    decode_gif,
    decode_image,
    decode_jpeg,
    decode_png,
    decode_webp,
    encode_jpeg,
    encode_png,
    extract_jpeg_shape,
    is_jpeg,
)
from minikeras.compat.tensorflow.io import gfile
from minikeras.compat.tensorflow.io.decoding import (
    decode_base64,
    decode_compressed,
    decode_csv,
    decode_raw,
    encode_base64,
    parse_tensor,
    serialize_tensor,
)
from minikeras.compat.tensorflow.io.files import matching_files, read_file, write_file
from minikeras.compat.tensorflow.io.parsing import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    RaggedFeature,
    SparseFeature,
    VarLenFeature,
    parse_example,
    parse_single_example,
)
from minikeras.compat.tensorflow.io.records import TFRecordOptions, TFRecordWriter

__all__ = [
    "FixedLenFeature",
    "FixedLenSequenceFeature",
    "RaggedFeature",
    "SparseFeature",
    "TFRecordOptions",
    "TFRecordWriter",
    "VarLenFeature",
    "decode_and_crop_jpeg",
    "decode_base64",
    "decode_bmp",
    "decode_compressed",
    "decode_csv",
    "decode_gif",
    "decode_image",
    "decode_jpeg",
    "decode_png",
    "decode_raw",
    "decode_webp",
    "encode_base64",
    "encode_jpeg",
    "encode_png",
    "extract_jpeg_shape",
    "gfile",
    "is_jpeg",
    "matching_files",
    "parse_example",
    "parse_single_example",
    "parse_tensor",
    "read_file",
    "serialize_tensor",
    "write_file",
]
