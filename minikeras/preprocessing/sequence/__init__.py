"""`keras.preprocessing.sequence`: sequences of one length, windows over time, pairs of neighbouring words."""

from minikeras.preprocessing.sequence.skipgrams import make_sampling_table, skipgrams
from minikeras.preprocessing.sequence.timeseries import TimeseriesGenerator
from minikeras.utils import pad_sequences

__all__ = ["TimeseriesGenerator", "make_sampling_table", "pad_sequences", "skipgrams"]
