"""What every package may use: errors, messages, names, limits. No module here needs a package outside of `base`.

| file | contents |
| --- | --- |
| `errors.py`, `tracebacks.py` | errors with status codes; shorter tracebacks |
| `messages.py`, `suggestions.py`, `missing_names.py`, `quantities.py` | what the user reads |
| `naming.py`, `release.py` | default names of layers and variables; the version |
| `signatures.py`, `optional_packages.py`, `extension_dtypes.py` | shared arguments; packages; bfloat16 … |
| `limits.py`, `loading_limits.py` | how much a config from a file may ask for |
| `system.py`, `child_processes.py`, `debuggers.py` | the operating system, other processes, an attached debugger |
| `replay.py` | what functions declare about compiled plans |
"""
