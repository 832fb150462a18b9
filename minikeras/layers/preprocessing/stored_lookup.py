"""`StoredLookup`: a lookup layer's config, and its vocabulary in files."""

from minikeras.config import floatx
from minikeras.layers.preprocessing.data_layer import DataLayer
from minikeras.layers.preprocessing.vocabulary import as_listed, fits_file, stored_tokens, write_tokens
from minikeras.ops.conversion import data_array


class StoredLookup(DataLayer):
    """Base class of `IndexLookup`: its saving and loading."""

    def _config_of_vocabulary(self):
        """(vocabulary, idf_weights) for the config: those passed in, and adapted ones that a text file cannot hold."""
        if self.input_vocabulary is None and not fits_file(self._plain_vocabulary()):
            weights = None if self._idf_weights is None else self._idf_weights[: self.vocabulary_size()]
            return self._plain_vocabulary(), as_listed(weights)
        return as_listed(self.input_vocabulary), as_listed(self.input_idf_weights)

    def get_config(self):
        vocabulary, idf_weights = self._config_of_vocabulary()
        return {
            **self._own_config(),
            "invert": self.invert,
            "max_tokens": self.max_tokens,
            "num_oov_indices": self.num_oov_indices,
            "oov_token": self.oov_token,
            "mask_token": self.mask_token,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
            "pad_to_max_tokens": self.pad_to_max_tokens,
            "vocabulary_dtype": self.vocabulary_dtype,
            "idf_weights": idf_weights,
            "vocabulary": vocabulary,
            "vocabulary_size": self._frozen_vocab_size,
            "oov_method": self.oov_method,
            "salt": self.salt,
        }

    def get_build_config(self):
        """An empty dict: there is nothing to build."""
        return {}

    def save_own_variables(self, store):
        """Store the weights of mode "tf_idf"."""
        if self._idf_weights is not None:
            store["idf_weights"] = self._idf_weights

    def load_own_variables(self, store):
        """Set the weights of mode "tf_idf"."""
        if self.output_mode == "tf_idf" and "idf_weights" in store:
            self._idf_weights = data_array(store["idf_weights"], floatx())

    def save_assets(self, dir_path):
        """Write the vocabulary into a folder, unless the config has it."""
        if self.input_vocabulary is None and fits_file(self._plain_vocabulary()):
            write_tokens(dir_path, self._plain_vocabulary())

    def load_assets(self, dir_path):
        """Set the vocabulary that `save_assets` wrote.

        Raises:
            ValueError: the file is missing, or not a vocabulary of this layer.
        """
        if self.input_vocabulary is not None:
            return
        tokens = stored_tokens(dir_path, self.vocabulary_dtype, self._frozen_vocab_size)
        if self.output_mode != "tf_idf":
            self.set_vocabulary(tokens)
        elif self._idf_weights is not None:
            self.set_vocabulary(tokens, self._idf_weights[: len(tokens)])
