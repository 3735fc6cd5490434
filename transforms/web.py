"""How a run behaves on the network: one set of settings for polling feeds and fetching pages."""

from dataclasses import dataclass

from transforms.address import parse_allow
from transforms.http import PROJECT_URL, Client


@dataclass(frozen=True, slots=True)
class Web:
    """Settings of the guarded client.

    Args:
        contact: URL or address for the user agent.
        allow: networks and addresses that may be reached although they are not public.
        delay: seconds of rest between two requests to one host.
        timeout: seconds for one request, without the wait for its host's turn.
        concurrency: requests at a time, over all hosts.
        retry_delay: seconds before the second try of a request whose connection broke.
    """

    contact: str = PROJECT_URL
    allow: tuple[str, ...] = ()
    delay: float = 1.0
    timeout: float = 30.0
    concurrency: int = 64
    retry_delay: float = 1.0

    def __post_init__(self) -> None:
        parse_allow(self.allow)  # a mistake in the options is told before the run

    def client(self) -> Client:
        """A client with these settings, to be entered in the loop that uses it."""
        return Client(
            contact=self.contact,
            allow=parse_allow(self.allow),
            timeout=self.timeout,
            delay=self.delay,
            concurrency=self.concurrency,
            retry_delay=self.retry_delay,
        )
