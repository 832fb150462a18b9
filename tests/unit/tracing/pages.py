"""What tests do with the page of a recording."""


def show(page, route):
    """Go to a view."""
    page.evaluate("(route) => { location.hash = route; }", route)
    page.wait_for_function("(view) => document.documentElement.dataset.ready === view", arg=route.split("/")[0])
