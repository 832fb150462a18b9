"""Compiled loops over the bytes of many strings: hashes, a hash table, words.

| file | loops |
|---|---|
| `packed.py` | none: strings as one array of bytes |
| `words.py` | 64-bit words of that array |
| `farmhash.py`, `siphash.py` | hashes |
| `table.py` | the number of each string in a list |
| `splitting.py`, `ngrams.py` | texts as words, and as runs of words |
| `decimals.py` | integers as texts, which are hashed like strings |
"""
