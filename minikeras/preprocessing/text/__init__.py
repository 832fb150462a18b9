"""`keras.preprocessing.text`: texts as indices, the predecessor of `keras.layers.TextVectorization`."""

from minikeras.preprocessing.text.tokenizer import Tokenizer, tokenizer_from_json
from minikeras.preprocessing.text.words import hashing_trick, one_hot, text_to_word_sequence

__all__ = ["Tokenizer", "hashing_trick", "one_hot", "text_to_word_sequence", "tokenizer_from_json"]
