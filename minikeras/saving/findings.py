"""Suspicious content of a model file, to be checked before it is loaded: code, unknown classes, claims of size."""

from itertools import islice

from minikeras.saving.inspection import is_identity, short

KERAS = ("keras", "builtins", "tf_keras", "minikeras")  # packages whose classes need not be registered
MAX_EXPANSION = 16  # an array that claims more than so many times the file's size is suspicious: compression does less
LARGE_NUMBER = 10**9  # a number in a config that is suspicious, since it may be the size of an allocation
PATH_WORDS = ("file", "path", "vocabulary")
LIMIT = 1000  # findings of one kind: a hostile file may hold millions
MAX_LOCATION_LENGTH = 300  # characters of the names of the enclosing objects


def findings(content):
    """Sentences about a file's content, the most serious first.

    Args:
        content: an `inspection.Content`.
    """
    found = [f"The array '{path}' is a link to somewhere else: loading is refused." for path in content.links[:LIMIT]]
    found += islice(_claims(content), LIMIT)
    found += [
        f"The archive has a member '{short(name)}', which Keras does not write. Loading does not read it."
        for name in content.unexpected_members[:LIMIT]
    ]
    for config, word in ((content.config, "config"), (content.compile_config, "compile config")):
        found += dict.fromkeys(islice(_in_config(config, word), LIMIT))
    if not content.arrays and content.config is not None:
        found.append("There are no weights in it.")
    return found


def is_of_keras(module):
    """Whether a module that a config names is one of Keras's."""
    return module.split(".")[0] in KERAS or module.startswith("tensorflow.keras.")


def _claims(content):
    for path, stored in content.arrays.items():
        if stored.nbytes > MAX_EXPANSION * content.size:
            yield f"The array '{path}' claims {stored.nbytes:,} bytes in a file of {content.size:,}."


def _in_config(config, where):
    """Search depth first, with an explicit stack. Locations are short: each of a million values may have its own."""
    waiting = [(config, where)]
    while waiting:
        value, where = waiting.pop()
        if isinstance(value, dict):
            yield from _of_object(value, where)
            name = value.get("config", {}).get("name") if isinstance(value.get("config"), dict) else None
            here = f"{where}: '{short(name)}'" if isinstance(name, str) else where
            waiting.extend(
                (inner, _where(here, word)) for word, inner in reversed(value.items()) if not is_identity(word, inner)
            )
        elif isinstance(value, list):
            waiting.extend((inner, where) for inner in reversed(value))
        elif isinstance(value, int) and abs(value) >= LARGE_NUMBER:
            yield f"A number of {value:,} is in the {where}."


def _where(outer, word):
    return outer if len(outer) > MAX_LOCATION_LENGTH else f"{outer}, {short(word)}"


def _of_object(value, where):
    kind = value.get("class_name")
    inner = value.get("config") if isinstance(value.get("config"), dict) else {}
    is_code = inner.get("function_type") == "lambda" or isinstance(inner.get("function"), list)
    if kind == "__lambda__" or (kind == "Lambda" and is_code):
        yield f"Python byte code (a lambda) in the {where}: loading refuses it unless `safe_mode=False`."
    module, registered = value.get("module"), value.get("registered_name")
    if isinstance(kind, str) and ("registered_name" in value or isinstance(module, str)):
        if isinstance(module, str) and not is_of_keras(module):
            yield f"The {where} names '{kind}' of the module '{module}': it must be registered or passed to be loaded."
        elif module == "builtins" and kind == "function" and isinstance(value.get("config"), str):
            yield f"The {where} names the function '{value['config']}': it must be registered or passed to be loaded."
        elif module is None and registered:
            yield f"The {where} names '{registered}', a class or function of its author's."
    for word, text in inner.items():
        if isinstance(text, str) and any(part in word for part in PATH_WORDS) and ("/" in text or "\\" in text):
            yield f"`{short(word)}` in the {where} names a file of the computer that wrote it: '{short(text)}'."
