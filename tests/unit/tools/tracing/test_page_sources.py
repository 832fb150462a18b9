"""The page's scripts and styles are read by learners: short lines, short files, and none that is not part of it."""

from pathlib import Path

from minikeras.tools.tracing import html

LINE, FILE = 120, 400  # as for Python here


def test_scripts_and_styles_are_all_used_and_short():
    files = {path.name: path.read_text(encoding="utf-8").splitlines() for path in Path(html.FOLDER).iterdir()}
    scripts = {name: lines for name, lines in files.items() if name.endswith(".js")}
    assert set(scripts) == set(html.SCRIPTS)
    assert set(files) == {*html.SCRIPTS, *html.STYLES, "frame.html"}
    assert {name: len(lines) for name, lines in scripts.items() if len(lines) > FILE} == {}
    assert [(name, line) for name, lines in scripts.items() for line in lines if len(line) > LINE] == []
    assert [name for name, lines in scripts.items() if not lines[0].startswith("// ")] == []  # what it is about
