"""Tables from keys to values, such as from words to numbers; keys and values are string tensors or numbers."""

from minikeras.tensors.lookup.columns import LINE_NUMBER, WHOLE_LINE, as_column, pairs_of_columns, pairs_of_lines
from minikeras.tensors.lookup.tables import HashTable, LookupTable, MutableHashTable, VocabularyTable

__all__ = [
    "LINE_NUMBER",
    "WHOLE_LINE",
    "HashTable",
    "LookupTable",
    "MutableHashTable",
    "VocabularyTable",
    "as_column",
    "pairs_of_columns",
    "pairs_of_lines",
]
