"""The API reference: a page for each public namespace, made of signatures and docstrings.

`{api} keras.layers` shows all names of a namespace. Docstrings are plain text with formulas, so they are not parsed as
a markup language: paragraphs stay paragraphs, what is indented stays as it is, sections such as "Args:" become tables.
"""

import functools
import importlib.util
import inspect
import re
import textwrap
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import minikeras
from docs._ext.repository import ROOT, source_page, to_root

FOLDER = "api"
SECTION = re.compile(r"^(Args|Attributes|Class attributes|Returns|Raises|Yields|Arguments):$")
ENTRY = re.compile(r"^(\S.*?):\s+(.*)$", re.DOTALL)
CODE = re.compile(r"`([^`]+)`")
NEEDS = {"wrappers": "sklearn"}  # what has to be installed for a namespace to be loaded


@functools.cache
def namespaces():
    """{name of a public namespace: module}, those within others behind them."""
    found = {"keras": minikeras}
    for name, module in found.copy().items():
        _add_inner(found, name, module)
    return found


def _add_inner(found, name, module):
    for inner in sorted(module.__all__):
        if inner in NEEDS and importlib.util.find_spec(NEEDS[inner]) is None:
            continue
        value = getattr(module, inner)
        if inspect.ismodule(value) and hasattr(value, "__all__"):
            found[f"{name}.{inner}"] = value
            _add_inner(found, f"{name}.{inner}", value)


@functools.cache
def pages_of_objects():
    """{id of a class or function: the namespace on whose page it is described}: of the shortest name."""
    found = {}
    for name, module in sorted(namespaces().items(), key=lambda entry: entry[0].count(".")):
        for value, _ in public_objects(module).values():
            found.setdefault(id(value), name)
    return found


def public_objects(module):
    """{name: (class or function, its other names)} of a namespace, each object once, under its first name."""
    found, seen = {}, {}
    for name in sorted(module.__all__, key=lambda name: (name.lower(), name)):
        value = getattr(module, name)
        if inspect.ismodule(value) or not callable(value):
            continue
        if id(value) in seen:
            found[seen[id(value)]].append(name)
        else:
            seen[id(value)] = name
            found[name] = []
    return {name: (getattr(module, name), others) for name, others in found.items()}


def write_stubs(app):
    """Write docs/api/, which Git ignores: a page with one directive for each namespace."""
    folder = Path(app.srcdir, FOLDER)
    folder.mkdir(exist_ok=True)
    names = namespaces()
    pages = {name: f"# {name}\n\n```{{api}} {name}\n```\n" for name in names}
    listed = "\n".join(names)
    pages["index"] = (
        "# API reference\n\nAll public names, from their docstrings; each links to its source. "
        "Names, arguments and defaults are Keras's.\n\n"
        f"```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"
    )
    for name, text in pages.items():
        page = folder / f"{name}.md"
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


class Api(SphinxDirective):
    """`{api} namespace`: every name with signature, docstring and a link to its source."""

    required_arguments = 1

    def run(self):
        """A section for each name."""
        namespace = self.arguments[0]
        module = namespaces()[namespace]
        result = [*docstring_nodes(module.__doc__)]
        elsewhere = []
        for name, (value, others) in public_objects(module).items():
            page = pages_of_objects()[id(value)]
            if page == namespace or page == "keras" or namespace.count(".") == 1:
                result.append(self.entry(namespace, name, value, others))
            else:
                elsewhere.append((name, page))
        if elsewhere:
            result.append(self.links(elsewhere))
        return result

    def links(self, elsewhere):
        """A paragraph that leads to names which are described on the page of an outer namespace."""
        paragraph = nodes.paragraph("", "Also here: ")
        for number, (name, page) in enumerate(elsewhere):
            paragraph += nodes.Text(", " if number else "")
            paragraph += nodes.reference("", "", nodes.literal("", name), refuri=f"{page}.html", internal=True)
        return paragraph

    def entry(self, namespace, name, value, others):
        """The section of one name."""
        section = nodes.section(ids=[f"{namespace}.{name}"], names=[f"{namespace}.{name}".lower()], classes=["api"])
        section += nodes.title("", "", nodes.literal("", name))
        signature = f"{namespace}.{name}{signature_of(value)}"
        section += nodes.literal_block(signature, signature, language="python", classes=["signature"])
        place = place_of(value)
        line = nodes.paragraph(classes=["source-place"])
        if place:
            path, number = place
            self.env.note_dependency(str(ROOT / path))
            address = f"{to_root(self.env.docname)}{source_page(path)}#L-{number}"
            line += nodes.reference("", f"{path}, line {number}", refuri=address, internal=True)
        if others:
            line += nodes.Text(f"{' · ' if place else ''}also {', '.join(others)}")
        if line.children:
            section += line
        section += docstring_nodes(value.__doc__)
        if inspect.isclass(value):
            section += method_nodes(value)
        return section


def signature_of(value):
    """ "(units, activation=None, …)", on several lines if it is long; empty if there is none."""
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return "(…)"
    text = re.sub(r"<(?:function|class) ([\w.'<>]+)[^>]*>", r"\1", str(signature))
    if len(text) <= 90:
        return text
    parts = [re.sub(r"<(?:function|class) ([\w.'<>]+)[^>]*>", r"\1", str(p)) for p in signature.parameters.values()]
    return "(\n" + "".join(f"    {part},\n" for part in parts) + ")"


def place_of(value):
    """(path in the repository, line) of a definition; None if it is not of a file here."""
    try:
        value = inspect.unwrap(value)
        file = Path(inspect.getsourcefile(value)).resolve()
        return file.relative_to(ROOT).as_posix(), inspect.getsourcelines(value)[1] or 1
    except (TypeError, OSError, ValueError):
        return None


def method_nodes(cls):
    """The public methods and properties that a class defines itself, with the first line of each docstring."""
    items = []
    for name, value in vars(cls).items():
        function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        if name.startswith("_") or not inspect.isfunction(function) or not function.__doc__:
            continue
        signature = "" if isinstance(value, property) else signature_of(function)
        first = inspect.cleandoc(function.__doc__).split("\n\n")[0].replace("\n", " ")
        term = nodes.term("", "", nodes.literal("", name + signature.replace("\n    ", " ").replace("\n", "")))
        body = nodes.paragraph("", "", *inline_nodes(first))
        items.append(nodes.definition_list_item("", term, nodes.definition("", body)))
    return [nodes.definition_list("", *items, classes=["methods"])] if items else []


def docstring_nodes(text):
    """The nodes of a docstring."""
    if not text:
        return []
    result, section = [], None
    for block in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        first, _, rest = block.partition("\n")
        if SECTION.match(first):
            section = first
            result.append(nodes.paragraph("", "", nodes.strong("", first)))
            block = rest
            if not block:
                continue
        if section and block.startswith(" "):
            result.append(entry_list(block))
        elif block.startswith(" ") or re.search(r"\n {2,}|^\||\S {3,}\S", block):
            result.append(nodes.literal_block(block, block, language="text"))
        else:
            section = None
            result.append(nodes.paragraph("", "", *inline_nodes(block.replace("\n", " "))))
    return result


def entry_list(block):
    """The entries "name: what it is" of a section, as a definition list."""
    entries = re.split(r"\n(?=\S)", textwrap.dedent(block))
    items = []
    for entry in entries:
        match = ENTRY.match(entry)
        name, words = match.groups() if match else ("", entry)
        term = nodes.term("", "", nodes.literal("", name)) if name else nodes.term()
        words = re.sub(r"\s*\n\s*", " ", words)
        items.append(
            nodes.definition_list_item("", term, nodes.definition("", nodes.paragraph("", "", *inline_nodes(words))))
        )
    return nodes.definition_list("", *items)


def inline_nodes(text):
    """Text in which `code` is code type."""
    parts = CODE.split(text)
    return [nodes.literal("", part) if i % 2 else nodes.Text(part) for i, part in enumerate(parts) if part]


def setup(app):
    """Register with Sphinx."""
    app.add_directive("api", Api)
    app.connect("builder-inited", write_stubs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
