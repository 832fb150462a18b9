"""Where Keras keeps the files of its data sets."""

KERAS_FILES = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
