"""Words that a reader would have to learn do not come back: the field has one for each."""

import io
import re
import tokenize
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("minikeras", "examples", "benchmarks", "tests", "docs")
PLANS = ("minikeras/plans", "minikeras/exporting")

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
PARTS_OF_THE_PACKAGE = {  # tests name cases in plain words
    "autopsy": "anomaly detection",
    "holders": "references",
    "meetings": "barriers",
    "places": "positions, indices, offsets",
    "redone": "recomputed",
    "told": "reported",
    "unwarp": "warp gradient",
}
ORDINARY = {"face", "faces", "outcomes"}  # in tests: pictures of people, and what became of a call or a test
OF_PLANS = {"slot": "buffer", "slots": "buffers"}  # slots are an optimizer's, where plans concern it:
OPTIMIZERS = ("minikeras/plans/update.py",)

# Phrases in comments, docstrings, messages and pages, in small letters -> the word to use.
PHRASES = {
    **dict.fromkeys(["whoever", "somebody"], "the user, the caller, the thread that …"),
    "sixteen": "16",
    **dict.fromkeys(["whole number", "whole numbers"], "integer"),
    **dict.fromkeys(["class number", "class numbers"], "class index"),
    **dict.fromkeys(["row number", "row numbers"], "row index"),
    **dict.fromkeys(["mend", "mends", "mended"], "fix"),
    **dict.fromkeys(["part company", "parts company", "parted company"], "diverge"),
    **dict.fromkeys(["higher floor", "higher floors", "floor above", "upstairs"], "layer"),
    **dict.fromkeys(["this room", "room of"], "package"),
    **dict.fromkeys(["has a say", "tells of"], "decides, reports"),
    **dict.fromkeys(["puts aside", "hands out", "gives back"], "saves, returns, restores"),
}
IN_THE_PACKAGE = {
    "whatever": "any …",
    "needs not": "does not need",
    "of one's own": "custom, of your own",
    "something else than": "something other than",
    **dict.fromkeys(["is told", "was told", "are told", "has told", "have told"], "gets, knows, has reported"),
}


def test_words_of_the_code_are_those_of_the_field():
    files = [path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py")) if path != Path(__file__)]
    assert_none(f"{path.relative_to(ROOT)}:{line}" for path in files for line in words_of_code(path))


def test_words_of_the_pages_are_those_of_the_field():
    pages = [*ROOT.glob("*.md"), *(page for folder in CODE for page in sorted((ROOT / folder).rglob("*.md")))]
    pages = [page for page in pages if "_build" not in page.parts]
    assert_none(
        f"{page.relative_to(ROOT)}:{line}" for page in pages for line in phrases_in(page.read_text("utf-8"), PHRASES)
    )


def assert_none(found):
    found = list(found)
    assert not found, "\n".join(["Words that only this project uses:", *found])


def words_of_code(path):
    """[line: the word, better …] of a file."""
    place, text = path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
    parts, phrases = PARTS, PHRASES
    if place.startswith("tests/"):
        parts = {word: better for word, better in PARTS.items() if word not in ORDINARY}
    elif place.startswith("minikeras/"):
        phrases, parts = PHRASES | IN_THE_PACKAGE, PARTS | PARTS_OF_THE_PACKAGE
    if place.startswith(PLANS) and place not in OPTIMIZERS:
        parts = parts | OF_PLANS
    folded = text.lower()
    if not any(word in folded for word in (*parts, *phrases)):
        return []  # most files: tokens are read of the others only
    found = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME and token.string != "__slots__":
            words = {part.lower() for part in token.string.split("_")} & set(parts)
            found += [f"{token.start[0]}: {token.string}, better {parts[word]}" for word in words]
        elif token.type in (tokenize.STRING, tokenize.COMMENT, getattr(tokenize, "FSTRING_MIDDLE", -1)):
            found += phrases_in(token.string, phrases, token.start[0])
    return found


def phrases_in(text, phrases, first_line=1):
    """[line: the phrase, better …] of a text."""
    return [
        f"{first_line + text.count(chr(10), 0, match.start())}: {match[0]!r}, better {better}"
        for phrase, better in phrases.items()
        if phrase in text.lower()
        for match in re.finditer(rf"\b{phrase}\b", text, re.IGNORECASE)
    ]
