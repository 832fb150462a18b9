"""Writes diagrams as plain text: one line per box, with an arrow from the sources of its inputs."""

from minikeras.utils.plotting.diagram import Frame

TRAINABLE = {True: "trainable", False: "non-trainable"}


def as_text(diagram):
    """The diagram in lines.

    first (InputLayer)
    second (InputLayer)
    add (Add) ← first, second
    inner:
        dense (Dense) ← add
    """
    sources = {}
    _collect_sources(diagram, sources)
    return "\n".join([f"{diagram.name}:", *_lines(diagram, sources, "    ")]) + "\n"


def _collect_sources(frame, sources):
    for source, target in frame.arrows:
        sources.setdefault(target, []).append(source)
    for item in frame.items:
        if isinstance(item, Frame):
            _collect_sources(item, sources)


def _lines(frame, sources, indent):
    for item in frame.items:
        if isinstance(item, Frame):
            yield f"{indent}{item.name}:"
            yield from _lines(item, sources, indent + "    ")
            continue
        arrow = f" ← {', '.join(sources[item.key])}" if item.key in sources else ""
        yield f"{indent}{item.key} ({item.kind}){arrow}"
        details = [f"Activation: {item.activation}"] if item.activation is not None else []
        details += [f"{what}: {value}" for what, value in item.cells]
        if item.trainable is not None:
            details.append(TRAINABLE[item.trainable])
        if details:
            yield f"{indent}    {', '.join(details)}"
