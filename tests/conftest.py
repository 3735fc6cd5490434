"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# How long an example takes, or to make one, says how busy the machine is; pytest-timeout ends what
# hangs.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
