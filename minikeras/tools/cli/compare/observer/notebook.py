"""Run the cells of a notebook in this process, as its kernel would. Needs IPython, whose syntax cells may use."""

import json
import os
import sys
from types import ModuleType

NEEDS_IPYTHON = "`compare` runs the cells of a notebook with IPython. Install it with: python -m pip install ipython"


class NotebookError(Exception):
    """The file cannot be run; the message gives the reason."""


def run_notebook(path, ipython_folder):
    """Run all code cells in the notebook's folder, up to the first that fails. Returns the exit status, 0 or 1.

    Args:
        path: of the notebook.
        ipython_folder: where IPython keeps its profile: not the user's, whose start-up files do not belong to
            the notebook.

    Raises:
        NotebookError: the file is not a notebook, or IPython is not installed.
    """
    try:
        from IPython.core.interactiveshell import InteractiveShell  # an extra
        from traitlets.config import Config  # comes with IPython
    except ModuleNotFoundError as error:
        raise NotebookError(f"{NEEDS_IPYTHON}. ({error})") from None
    cells = code_cells(path)
    sys.argv = [str(path)]
    os.chdir(os.path.dirname(os.path.abspath(path)))
    sys.path[0] = os.getcwd()
    main = sys.modules["__main__"] = ModuleType("__main__")
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config, ipython_dir=str(ipython_folder), user_module=main)
    shell.enable_gui = lambda gui=None: None  # %matplotlib asks for an event loop; figures are drawn without
    shell.showtraceback = shell.showsyntaxerror = lambda *args, **kwargs: None  # printed below, as those of scripts
    for cell in cells:
        result = shell.run_cell(cell, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        if isinstance(error, SystemExit):
            raise error
        if error is not None:
            sys.excepthook(type(error), error, _from_the_cell_on(error.__traceback__))
            return 1
    return 0


def _from_the_cell_on(trace):
    """The traceback without IPython's own frames before the cell."""
    whole = trace
    while trace is not None and "IPython" in trace.tb_frame.f_code.co_filename:
        trace = trace.tb_next
    return trace or whole


def code_cells(path):
    """The sources of a notebook's code cells, of format 4 or 3.

    Raises:
        NotebookError: the file is not a notebook.
    """
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        cells = content["cells"] if "cells" in content else content["worksheets"][0]["cells"]
        sources = [cell.get("source", cell.get("input", "")) for cell in cells if cell["cell_type"] == "code"]
        return ["".join(source) for source in sources]
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise NotebookError(f"{path} is not a notebook: {type(error).__name__}: {error}") from None
