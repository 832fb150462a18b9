"""`tf.data.TextLineDataset`, `TFRecordDataset`, `FixedLengthRecordDataset`: data sets of the strings in files."""

from minikeras.compat.tensorflow.data.dataset import Dataset
from minikeras.data.pipeline.files import FixedLengthRecords, Records, TextLines

_ARGUMENTS = """

    Args:
        filenames: one name or several, or a data set of them.
        compression_type: "" or None, "GZIP" or "ZLIB".
        buffer_size, num_parallel_reads: how TensorFlow reads ahead. Files are read one after the other, in any case;
            without effect.
    """


class TextLineDataset(Dataset):
    __doc__ = "The lines of text files, without their ends." + _ARGUMENTS

    def __init__(self, filenames, compression_type=None, buffer_size=None, num_parallel_reads=None, name=None):
        super().__init__(TextLines(filenames, compression_type))


class TFRecordDataset(Dataset):
    __doc__ = "The records of TFRecord files, as strings." + _ARGUMENTS

    def __init__(self, filenames, compression_type=None, buffer_size=None, num_parallel_reads=None, name=None):
        super().__init__(Records(filenames, compression_type))


class FixedLengthRecordDataset(Dataset):
    __doc__ = "Strings of `record_bytes` bytes, between a header and a footer that are passed over." + _ARGUMENTS

    def __init__(
        self,
        filenames,
        record_bytes,
        header_bytes=None,
        footer_bytes=None,
        buffer_size=None,
        compression_type=None,
        num_parallel_reads=None,
        name=None,
    ):
        super().__init__(FixedLengthRecords(filenames, record_bytes, header_bytes, footer_bytes, compression_type))
