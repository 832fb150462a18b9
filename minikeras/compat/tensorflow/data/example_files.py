"""`tf.data.experimental.make_batched_features_dataset` and `parse_example_dataset`: batches of parsed Examples."""

from minikeras.compat.tensorflow.data.dataset import Dataset
from minikeras.compat.tensorflow.data.file_datasets import TFRecordDataset
from minikeras.compat.tensorflow.io.parsing import parse_example
from minikeras.data.pipeline.files import matching_files

__all__ = ["make_batched_features_dataset", "parse_example_dataset"]


def parse_example_dataset(features, num_parallel_calls=1, deterministic=None):
    """A function for `Dataset.apply`: each batch of serialized Examples becomes a dict of tensors.

    Args:
        features: {name: `tf.io.FixedLenFeature` and the like}.
        num_parallel_calls, deterministic: without effect; the order is kept.
    """
    return lambda dataset: dataset.map(lambda examples: parse_example(examples, features))


def make_batched_features_dataset(
    file_pattern,
    batch_size,
    features,
    reader=None,
    label_key=None,
    reader_args=None,
    num_epochs=None,
    shuffle=True,
    shuffle_buffer_size=10000,
    shuffle_seed=None,
    prefetch_buffer_size=None,
    reader_num_threads=None,
    parser_num_threads=None,
    sloppy_ordering=False,
    drop_final_batch=False,
):
    """Batches of the Examples in files as dicts {name: tensor}, or pairs (dict, label) with `label_key`.

    Args:
        file_pattern: one or several, which may have *, ? and [].
        features: {name: `tf.io.FixedLenFeature` and the like}.
        reader: makes a dataset of serialized Examples of a file's name; by default `tf.data.TFRecordDataset`.
        reader_args: its further arguments.
        num_epochs: how often the data are repeated, infinitely if None.
        prefetch_buffer_size, reader_num_threads, parser_num_threads, sloppy_ordering: for TensorFlow's threads; without
            effect.
        drop_final_batch: whether a last, smaller batch is left out.

    Raises:
        ValueError: no files, or `label_key` is not a feature.
    """
    files = [name.decode() for name in matching_files(file_pattern)]
    if not files:
        raise ValueError(f"`file_pattern` matches no file. Received: {file_pattern}")
    if label_key is not None and label_key not in features:
        raise ValueError(f"`label_key` must be one of the features {list(features)}. Received: {label_key!r}")
    read = TFRecordDataset if reader is None else reader
    names = Dataset.from_tensor_slices(files)
    if shuffle:
        names = names.shuffle(len(files), shuffle_seed)
    dataset = names.interleave(lambda name: read(name, *(reader_args or [])), cycle_length=len(files))
    if shuffle:
        dataset = dataset.shuffle(shuffle_buffer_size, shuffle_seed)
    dataset = dataset.repeat(num_epochs).batch(batch_size, drop_remainder=drop_final_batch or num_epochs is None)
    dataset = dataset.apply(parse_example_dataset(features))
    if label_key is None:
        return dataset
    return dataset.map(lambda parsed: (parsed, parsed.pop(label_key)))
