"""What the stream's fork server imports once, quietly, for all windows to share."""

from pipelines.logs import configure_logging

configure_logging()  # first: Beam warns while it is imported

from pipelines import repeat  # noqa: E402, F401
from transforms import enrich, lookup  # noqa: E402, F401
