"""What holds for all tests."""

from hypothesis import settings

# How long an example takes says how busy the machine is; pytest-timeout ends what hangs.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
