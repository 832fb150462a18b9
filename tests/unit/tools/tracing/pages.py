"""How tests go from view to view on the page of a recording. No sentence of a page is looked for before it is drawn."""

SHOW = """(route) => {
  if (location.hash === `#${route}`) return;
  delete document.documentElement.dataset.ready; // of the same address, at which another event was chosen since
  location.hash = route;
}"""


def show(page, route):
    """Go to a view."""
    page.evaluate(SHOW, route)
    page.wait_for_function("(route) => document.documentElement.dataset.ready === `#${route}`", arg=route)


def wait_until_shown(page, beginning):
    """Wait for the view of an address that begins so: the address changes at once, what is shown after it."""
    page.wait_for_function("(beginning) => document.documentElement.dataset.ready.startsWith(beginning)", arg=beginning)


def close_dialog(page):
    """Close the dialog as the keyboard does, and wait until keys go to the page again."""
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog:not([open])", state="attached")
