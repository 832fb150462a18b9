"""Words that a reader would have to learn do not come back: the field has one for each."""

import io
import re
import tokenize
from pathlib import Path

import minikeras

PACKAGE = Path(minikeras.__file__).parent

# Parts of identifiers -> the word to use.
PARTS = {
    "bedtime": "idle deadline",
    "face": "namespace shim",
    "faces": "namespace shims",
    "forgives": "tolerates",
    "insists": "warns",
    "mend": "fix",
    "outcomes": "confusion counts",
    "piece": "chunk, micro-batch",
    "pieces": "chunks, micro-batches",
    "polite": "idle timeout",
    "room": "package, buffer",
    "rooms": "packages",
    "sixteen": "vector value",
    "truths": "mask",
    "twins": "copies",
    "walks": "geometries",
}

# Phrases in comments, docstrings and messages -> the word to use.
PHRASES = {
    r"\bwhoever\b": "the caller, the thread that …",
    r"\bsomebody\b": "the user, another …",
    r"\bsixteen\b": "16",
    r"\bwhole numbers?\b(?! of)": "integer",
    r"\bclass numbers?\b": "class index",
    r"\brow numbers?\b": "row index",
    r"\bmend(s|ed)?\b": "fix",
    r"\bpart(s|ed)? company\b": "diverge",
    r"\bhigher floors?\b|\bfloor above\b": "layer",
    r"\bthis room\b|\broom of\b": "package",
    r"\bhas a say\b": "decides",
}


def test_words_are_those_of_the_field():
    files = sorted(PACKAGE.rglob("*.py"))
    found = [f"{path.relative_to(PACKAGE)}:{line}" for path in files for line in private_words(path)]
    assert not found, "\n".join(["Words that only this project uses:", *found])


def private_words(path):
    """[line: the word, better …] of a file."""
    found = []
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.NAME:
            words = {part.lower() for part in token.string.split("_")} & set(PARTS)
            found += [f"{token.start[0]}: {token.string}, better {PARTS[word]}" for word in words]
        elif token.type in (tokenize.STRING, tokenize.COMMENT, getattr(tokenize, "FSTRING_MIDDLE", -1)):
            for pattern, word in PHRASES.items():
                for match in re.finditer(pattern, token.string, re.IGNORECASE):
                    line = token.start[0] + token.string.count("\n", 0, match.start())
                    found.append(f"{line}: {match[0]!r}, better {word}")
    return found
