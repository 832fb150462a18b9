"""What tests do with the page of a recording."""


def show(page, route):
    """Go to a view."""
    page.evaluate("(route) => { location.hash = route; }", route)
    page.wait_for_function("(route) => document.documentElement.dataset.ready === `#${route}`", arg=route)


def wait_until_shown(page, beginning):
    """Wait for the view of an address that begins so: the address changes at once, what is shown after it."""
    page.wait_for_function("(beginning) => document.documentElement.dataset.ready.startsWith(beginning)", arg=beginning)
