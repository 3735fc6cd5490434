"""Memory: the dataset as a run may know it."""

from schemas.elements import Run
from transforms.dataset import Dataset, Snapshot


class Memory:
    """What runs may know of `dataset`; a worker has one, and opens it once for each run.

    It is fixed when the run begins, so that all of its workers, and a retry, know the same; a
    run that is run again knows what it knew the first time.
    """

    def __init__(self, dataset: str) -> None:
        self.dataset = dataset
        self._opened: tuple[Run, Snapshot] | None = None

    def of(self, run: Run) -> Snapshot:
        """The snapshot to look things up in."""
        if self._opened is None or self._opened[0] != run:
            before = Dataset(self.dataset).snapshot(run.seq).without_run(run.id)
            self._opened = (run, before)
        return self._opened[1]
