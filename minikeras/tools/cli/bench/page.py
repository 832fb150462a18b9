"""The results as one HTML file: ratios and shares of the peak as bars, the roofline, and the table."""

from html import escape

from minikeras.tools.cli import html_page
from minikeras.tools.cli.bench.table import HEADINGS, described, row, share_of_peak
from minikeras.utils.plotting import charts


def as_html(measurements, machine):
    """The text of the page."""
    done = [m for m in measurements if not m.trouble]
    ratios = [(m.workload.name, m.ratio()) for m in done if m.ratio()]
    shares = [(m.workload.name, share) for m in done if (share := share_of_peak(m, machine))]
    points = [
        (m.workload.name, m.operations / m.workload.bytes, m.operations / m.best("minikeras") / 1e9)
        for m in done
        if m.operations and m.workload.bytes
    ]
    return html_page.page(
        "minikeras bench",
        f"<p>{escape(described(machine))}</p>",
        charts.bar_chart("TensorFlow's time / minikeras's, logarithmic; the line is 1", ratios, log=True),
        charts.bar_chart("share of what the roofline allows; the line is 1", shares),
        charts.roofline(
            "roofline: minikeras's kernels under this machine's peaks", points, machine.gflops, machine.bandwidth
        ),
        html_page.table(HEADINGS, [row(m, machine) for m in measurements]),
    )
