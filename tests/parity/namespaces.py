"""The number of Keras's public names that exist here, and those that do not, compared with the live Keras.

python -m tests.parity.namespaces    # rewrites the table in README.md
"""

import inspect
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- namespaces: begin (python -m tests.parity.namespaces) -->", "<!-- namespaces: end -->"
MAX_NAMED = 6  # missing names that a row lists


def public_names(namespace):
    """The classes and functions of a Keras namespace, sorted."""
    return sorted(
        name
        for name in dir(namespace)
        if not name.startswith("_")
        and not inspect.ismodule(getattr(namespace, name))
        and callable(getattr(namespace, name))
    )


def namespaces(keras):
    """{name of a top-level namespace: (module, its public names)}, with those of nested namespaces as "nn.relu"."""
    found = {"keras": public_names(keras)}
    for name in sorted(dir(keras)):
        module = getattr(keras, name)
        if (
            name.startswith("_")
            or name == "src"
            or not inspect.ismodule(module)
            or not module.__name__.startswith("keras")
        ):
            continue
        nested = [part for part in dir(module) if inspect.ismodule(getattr(module, part)) and not part.startswith("_")]
        names = public_names(module)
        for part in nested:
            inner = getattr(module, part)
            if inner.__name__.startswith("keras"):
                names += [f"{part}.{inner_name}" for inner_name in public_names(inner)]
        found[name] = names
    return found


def exists(package, namespace, name):
    """Whether the package has the name."""
    if namespace != "keras" and namespace not in package.__all__:
        return False  # a package of the same name may be loaded that is not a namespace
    target = package if namespace == "keras" else getattr(package, namespace)
    for part in name.split("."):
        target = getattr(target, part, None)
    return target is not None


def table(keras, package):
    """The table as lines of Markdown, the largest namespaces first."""
    yield "| namespace | names in Keras | here | not yet |"
    yield "| --- | ---: | ---: | --- |"
    rows = sorted(namespaces(keras).items(), key=lambda row: (-len(row[1]), row[0]))
    for namespace, names in rows:
        missing = [name for name in names if not exists(package, namespace, name)]
        named = ", ".join(f"`{name}`" for name in missing[:MAX_NAMED])
        more = f" and {len(missing) - MAX_NAMED} more" if len(missing) > MAX_NAMED else ""
        title = "keras" if namespace == "keras" else f"keras.{namespace}"
        yield f"| `{title}` | {len(names)} | {len(names) - len(missing)} | {named}{more} |"


def written(text):
    """The table in a text."""
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip()


def main():
    """Write the table into the README."""
    import keras

    import minikeras

    text = README.read_text(encoding="utf-8")
    head, tail = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    README.write_text("\n".join([head, *table(keras, minikeras), tail]), encoding="utf-8")


if __name__ == "__main__":
    main()
