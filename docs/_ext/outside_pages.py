"""Markdown files that live elsewhere in the repository as pages, and links in all pages as the site needs them.

On GitHub a link is relative to the file. On the site README.md is `project/readme`, Python files have pages of their
own, and a folder has none. The files stay as they are; their text is changed while it is read.
"""

import posixpath
import re
import shutil
from pathlib import Path

from docs._ext.repository import OUTSIDE, ROOT, python_file, source_page

LINK = re.compile(r"(!?\[[^\]]*\])\(([^)#\s]*)(#[^)\s]*)?\)")
CODE = re.compile(r"`([^`]+)`")
FOLDER = "project"


def write_pages(app):
    """Copy the files of `OUTSIDE` into docs/project/, which Git ignores, and the pictures next to them."""
    for path, page in OUTSIDE.items():
        text = (ROOT / path).read_text(encoding="utf-8")
        for _, target, _ in LINK.findall(text):
            picture = ROOT / posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if picture.suffix == ".svg" and picture.is_file() and "docs" not in picture.relative_to(ROOT).parts:
                _copy_if_new(picture, Path(app.srcdir, FOLDER, picture.relative_to(ROOT)))
        _write_if_new(Path(app.srcdir, f"{page}.md"), relinked(text, path, page))


def relink(app, docname, source):
    """Change the links of a page in docs/ as it is read."""
    if not docname.startswith(f"{FOLDER}/"):
        source[0] = relinked(source[0], f"docs/{docname}.md", docname)


def relinked(text, path, page):
    """The text of the repository's file `path` with its relative links changed for its place on the site."""

    def changed(match):
        words, target, anchor = match.group(1), match.group(2), match.group(3) or ""
        if not target or "://" in target or target.startswith(("mailto:", "{")):
            return match.group(0)
        file = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if python_file(file):  # its page is none of Sphinx's
            address = posixpath.relpath(source_page(file), posixpath.dirname(page) or ".")
            shown = CODE.sub(r"<code>\1</code>", words[1:-1])
            return f'<a href="{address}">{shown}</a>'
        address = address_on_site(file, posixpath.dirname(page))
        if address is None:  # a folder or another file: its name stays, without a link
            return words[1:-1] if (ROOT / file).exists() else match.group(0)
        return f"{words}({address}{anchor})"

    return LINK.sub(changed, text)


def address_on_site(file, folder):
    """What a page in `folder` of docs/ calls a file of the repository; None if the site does not have it."""
    if file in OUTSIDE:
        return posixpath.relpath(f"{OUTSIDE[file]}.md", folder or ".")
    if file.startswith("docs/"):
        return posixpath.relpath(file.removeprefix("docs/"), folder or ".")
    if file.endswith(".svg"):
        return posixpath.relpath(f"{FOLDER}/{file}", folder or ".")
    return None


def _copy_if_new(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() or target.read_bytes() != source.read_bytes():
        shutil.copy(source, target)


def _write_if_new(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


def setup(app):
    """Register with Sphinx."""
    app.connect("builder-inited", write_pages)
    app.connect("source-read", relink)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
