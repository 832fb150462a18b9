"""A self-contained HTML page, and tables in it."""

from html import escape
from xml.sax.saxutils import quoteattr

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #1f2328; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
th, td { padding: .15rem .7rem; text-align: right; border-bottom: 1px solid #d8dee4; }
.text { text-align: left; }
summary { cursor: pointer; }
.bad { color: #cf222e; font-weight: 600; }
.good { color: #1a7f37; font-weight: 600; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; }
figcaption { font-weight: 600; }
dl { display: grid; grid-template-columns: max-content auto; gap: .2rem 1rem; }
dt { font-weight: 600; }
dd { margin: 0; }
pre { background: #f6f8fa; padding: .7rem; overflow-x: auto; }
"""


def page(title, *parts):
    """A whole HTML page; the parts are HTML already."""
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def table(headings, rows, texts=1):
    """An HTML table; the first `texts` columns are aligned to the left. A cell may be a pair (text, class of CSS)."""
    head = _row("th", headings, texts)
    body = "\n".join(_row("td", row, texts) for row in rows)
    return f"<table>\n{head}\n{body}\n</table>"


def _row(tag, cells, texts):
    pairs = [cell if isinstance(cell, tuple) else (cell, "text" if i < texts else "") for i, cell in enumerate(cells)]
    written = [
        f"<{tag}{f' class={quoteattr(kind)}' if kind else ''}>{escape(str(text))}</{tag}>" for text, kind in pairs
    ]
    return f"<tr>{''.join(written)}</tr>"
