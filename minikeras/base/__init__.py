"""What every package may use and what uses none of them: errors, messages, names, limits, the system."""
