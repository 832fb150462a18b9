"""What in a file of a model deserves a second look before it is loaded: code, classes of others, claims of size."""

from minikeras.saving.inspection import elements

KERAS = ("keras", "builtins", "tf_keras", "tensorflow.keras", "minikeras")
LARGEST_PART = 16  # times the file's size that an array may claim before it is conspicuous: compression does less
MANY = 10**9  # a number in a config from which an allocation would be conspicuous
PATH_WORDS = ("file", "path", "vocabulary")


def findings(content):
    """Sentences about a file's content, the gravest first.

    Args:
        content: an `inspection.Content`.
    """
    found = []
    found += [f"The array '{path}' is a link to somewhere else: loading is refused." for path in content.links]
    for path, stored in content.arrays.items():
        if stored.nbytes > LARGEST_PART * content.size:
            found.append(f"The array '{path}' claims {stored.nbytes:,} bytes in a file of {content.size:,}.")
    for config, word in ((content.config, "config"), (content.compile_config, "compile config")):
        found += dict.fromkeys(_in_config(config, word))
    if not content.arrays and content.config is not None and elements(content.arrays.values()) == 0:
        found.append("There are no weights in it.")
    return found


def _in_config(config, place):
    """Depth first, with an explicit stack: a config may be nested deeper than Python recurses."""
    waiting = [(config, place)]
    while waiting:
        value, place = waiting.pop()
        if isinstance(value, dict):
            yield from _of_object(value, place)
            name = value.get("config", {}).get("name") if isinstance(value.get("config"), dict) else None
            here = f"{place}: '{name}'" if isinstance(name, str) else place
            waiting.extend((inner, f"{here}, {word}") for word, inner in reversed(value.items()))
        elif isinstance(value, list):
            waiting.extend((inner, place) for inner in reversed(value))
        elif isinstance(value, int) and abs(value) >= MANY:
            yield f"A number of {value:,} stands in the {place}."


def _of_object(value, place):
    kind = value.get("class_name")
    inner = value.get("config") if isinstance(value.get("config"), dict) else {}
    is_code = inner.get("function_type") == "lambda" or isinstance(inner.get("function"), list)
    if kind == "__lambda__" or (kind == "Lambda" and is_code):
        yield f"Python byte code (a lambda) in the {place}: loading refuses it unless `safe_mode=False`."
    module = value.get("module")
    if isinstance(kind, str) and "registered_name" in value:
        if isinstance(module, str) and module.split(".")[0] not in KERAS:
            yield f"The {place} names '{kind}' of the module '{module}': it must be registered or passed to be loaded."
        elif module is None and value.get("registered_name"):
            yield f"The {place} names '{value['registered_name']}', a class or function of its author's."
    for word, text in inner.items():
        if isinstance(text, str) and any(part in word for part in PATH_WORDS) and ("/" in text or "\\" in text):
            yield f"`{word}` in the {place} names a file of the computer that wrote it: '{text[:80]}'."
