"""Source code on the site: a page for each Python file, `{source}` to show one function, and links to both.

    ```{source} minikeras/layers/core/dense.py::Dense.call
    ```

shows the function as it is now, with a link to its line. A path of a Python file in `code` type becomes a link too.
"""

import ast
import os
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from docs._ext.repository import ROOT, SHOWN, python_file, source_page, to_root

logger = logging.getLogger(__name__)

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{path}</title><link rel="stylesheet" href="{root}_static/source.css">
<script>document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto"</script></head>
<body><header><a href="{root}index.html">minikeras</a> / <b>{path}</b></header>
{code}</body></html>
"""


class Source(SphinxDirective):
    """`{source} path::Class.function`: the current text of a function or class, or of a whole file without `::`."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec = {"doc": directives.flag, "lines": directives.unchanged}

    def run(self):
        """The code, below a line that names and links its place."""
        path, _, name = self.arguments[0].partition("::")
        file = ROOT / path
        self.env.note_dependency(str(file))
        text = file.read_text(encoding="utf-8")
        try:
            first, lines = lines_of(text, name)
        except LookupError:
            raise self.error(f"{path} has no `{name}`") from None
        if "lines" in self.options:
            start, _, stop = self.options["lines"].partition("-")
            first, lines = first + int(start) - 1, lines[int(start) - 1 : int(stop)]
        code = nodes.literal_block("\n".join(lines), "\n".join(lines), language="python")
        address = f"{to_root(self.env.docname)}{source_page(path)}#L-{first}"
        place = nodes.reference("", f"{path}, line {first}", refuri=address, internal=True)
        caption = nodes.paragraph("", "", place, classes=["source-place"])
        return [nodes.container("", caption, code, classes=["source"])]


def lines_of(text, name):
    """(number of the first line, lines without common indentation) of a definition such as "Class.function".

    Raises:
        LookupError: there is none.
    """
    lines = text.splitlines()
    if not name:
        return 1, lines
    node = ast.parse(text)
    for part in name.split("."):
        found = [child for child in node.body if part in names_of(child)]
        if not found:
            raise LookupError(name)
        node = found[-1]
    first = min([node.lineno, *[decorator.lineno for decorator in getattr(node, "decorator_list", [])]])
    own = lines[first - 1 : node.end_lineno]
    return first, [line[node.col_offset :] for line in own]


def names_of(node):
    """The names that a statement defines."""
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [getattr(node, "name", None)]


class LinkFiles(SphinxPostTransform):
    """Makes a link of each `path/of/file.py` in code type that is a shown file."""

    default_priority = 20

    def run(self):
        """Link them in this document."""
        for node in list(self.document.findall(nodes.literal)):
            path = python_file(node.astext())
            if path and not isinstance(node.parent, nodes.reference):
                address = to_root(self.env.docname) + source_page(path)
                node.replace_self(nodes.reference("", "", node.deepcopy(), refuri=address, internal=True))


def write_pages(app, error):
    """Write the page of each file that has changed since the last build."""
    if error or app.builder.format != "html":
        return
    lexer = PythonLexer()
    formatter = HtmlFormatter(linenos="inline", lineanchors="L", anchorlinenos=True, wrapcode=True)
    folders = [ROOT / folder for folder in app.config.source_folders]
    for file in sorted(file for folder in folders for file in folder.rglob("*.py")):
        path = file.relative_to(ROOT).as_posix()
        page = Path(app.outdir, source_page(path))
        if page.exists() and os.stat(page).st_mtime > os.stat(file).st_mtime:
            continue
        page.parent.mkdir(parents=True, exist_ok=True)
        code = highlight(file.read_text(encoding="utf-8"), lexer, formatter)
        root = "../" * (path.count("/") + 1)
        page.write_text(PAGE.format(path=path, root=root, code=code), encoding="utf-8")


def setup(app):
    """Register with Sphinx."""
    app.add_config_value("source_folders", list(SHOWN), "html")  # whose files get pages; fewer make a build quicker
    app.add_directive("source", Source)
    app.add_post_transform(LinkFiles)
    app.connect("build-finished", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
