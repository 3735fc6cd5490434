"""The one exception for what the user can put right."""


class UsageError(Exception):
    """One line: what is wrong, and what to do. The command ends with exit code 2."""
