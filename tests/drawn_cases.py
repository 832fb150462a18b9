"""Settings of tests with cases drawn by hypothesis: the same cases in each run, however slow the machine is."""

from hypothesis import HealthCheck, settings

REPRODUCIBLE = {"derandomize": True, "database": None, "deadline": None, "suppress_health_check": list(HealthCheck)}

reproducible = settings(**REPRODUCIBLE)
