"""Memory: the dataset as a run may know it."""

from dataclasses import dataclass

from transforms.dataset import Dataset, Snapshot


@dataclass(frozen=True, slots=True)
class Memory:
    """Generation `seq` of `dataset`, as run `run_id` may know it.

    It is fixed when the run starts, so that all of its workers, and a retry, know the same; a
    run that is run again knows what it knew the first time.
    """

    dataset: str
    seq: int
    run_id: str

    def snapshot(self) -> Snapshot:
        """The snapshot to look things up in; made once by each worker."""
        return Dataset(self.dataset).snapshot(self.seq).without_run(self.run_id)
