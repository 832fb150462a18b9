"""`keras.preprocessing.sequence`: padding of sequences, windows over time, skip-grams."""

from minikeras.preprocessing.sequence.skipgrams import make_sampling_table, skipgrams
from minikeras.preprocessing.sequence.timeseries import TimeseriesGenerator
from minikeras.utils import pad_sequences

__all__ = ["TimeseriesGenerator", "make_sampling_table", "pad_sequences", "skipgrams"]
