"""A Flink cluster on loopback: one job manager, two task managers with two slots each."""

import json
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from services import NotReady, Service, Services, free_port, wait_for

TASK_MANAGERS: Final = 2
SLOTS: Final = 2  # each: one task manager alone can carry a job of parallelism 2
ENDS: Final = ("FINISHED", "FAILED", "CANCELED")  # states of a job

# What Flink needs of Java 17, from the configuration that it is published with.
OPENED: Final = (
    "--add-exports=java.base/sun.net.util=ALL-UNNAMED",
    "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
    *(
        f"--add-opens=java.base/{package}=ALL-UNNAMED"
        for package in (
            "java.lang",
            "java.lang.reflect",
            "java.io",
            "java.net",
            "java.nio",
            "java.text",
            "java.time",
            "java.util",
            "java.util.concurrent",
            "java.util.concurrent.atomic",
            "java.util.concurrent.locks",
            "sun.nio.ch",
        )
    ),
)
JOB_MANAGER_MEMORY: Final = ("-Xmx320m", "-XX:MaxMetaspaceSize=256m")
TASK_MANAGER_MEMORY: Final = (
    "-Xmx384m",
    "-XX:MaxDirectMemorySize=192m",
    "-XX:MaxMetaspaceSize=256m",
)

LOGGING: Final = """\
rootLogger.level = INFO
rootLogger.appenderRef.console.ref = Console
appender.console.name = Console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss} %-5p %c{1} %m%n
"""


def configuration(folder: Path, rpc: int, rest: int) -> dict[str, Any]:
    """Flink's configuration; the README says what a cluster for real changes in it."""
    loopback = "127.0.0.1"
    return {
        "jobmanager.rpc.address": loopback,
        "jobmanager.rpc.port": rpc,
        "jobmanager.bind-host": loopback,
        "rest.address": loopback,
        "rest.bind-address": loopback,
        "rest.port": rest,
        "taskmanager.host": loopback,
        "taskmanager.bind-host": loopback,
        "taskmanager.numberOfTaskSlots": SLOTS,
        "cluster.evenly-spread-out-slots": True,
        # All sizes are given, so that nothing is left for Flink's start scripts to work out.
        "taskmanager.cpu.cores": 1.0,
        "taskmanager.memory.framework.heap.size": "128m",
        "taskmanager.memory.task.heap.size": "256m",
        "taskmanager.memory.framework.off-heap.size": "128m",
        "taskmanager.memory.task.off-heap.size": "0m",
        "taskmanager.memory.network.min": "64m",
        "taskmanager.memory.network.max": "64m",
        "taskmanager.memory.managed.size": "128m",
        "taskmanager.memory.jvm-metaspace.size": "256m",
        "taskmanager.memory.jvm-overhead.min": "64m",
        "taskmanager.memory.jvm-overhead.max": "64m",
        "parallelism.default": 2,
        "state.backend.type": "hashmap",
        "state.checkpoints.dir": (folder / "checkpoints").as_uri(),
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": 5,
        "restart-strategy.fixed-delay.delay": "2s",
        # A lost task manager is noticed in seconds: the check waits for it.
        "heartbeat.interval": 2000,
        "heartbeat.timeout": 10000,
        "classloader.check-leaked-classloader": False,
        "io.tmp.dirs": str(folder / "tmp"),
    }


@dataclass
class Cluster:
    """The running cluster."""

    home: Path
    folder: Path
    services: Services
    rest: int = field(default_factory=free_port)
    rpc: int = field(default_factory=free_port)
    task_managers: list[Service] = field(default_factory=list)

    @property
    def conf(self) -> Path:
        """The folder of its configuration."""
        return self.folder / "conf"

    def classpath(self, *more: Path) -> str:
        """Flink's libraries, and more jars."""
        return ":".join([str(self.home / "lib" / "*"), *(str(jar) for jar in more)])

    def java(self, memory: tuple[str, ...]) -> list[str]:
        """The start of the command of one of its processes."""
        logging = f"-Dlog4j.configurationFile={self.conf / 'log4j.properties'}"
        return ["java", *memory, *OPENED, logging, "-cp", self.classpath()]

    def start(self) -> None:
        """Start all of it. Raises NotReady."""
        for name in ("conf", "tmp", "checkpoints"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        settings = configuration(self.folder, self.rpc, self.rest)
        lines = [f"{key}: {json.dumps(value)}\n" for key, value in settings.items()]
        (self.conf / "config.yaml").write_text("".join(lines))
        (self.conf / "log4j.properties").write_text(LOGGING)
        main = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
        self.services.start(
            "jobmanager", [*self.java(JOB_MANAGER_MEMORY), main, "--configDir", str(self.conf)]
        ).wait_until(self.answers, 60)
        for _ in range(TASK_MANAGERS):
            self.add_task_manager()
        self.wait_for_task_managers(TASK_MANAGERS)

    def add_task_manager(self) -> Service:
        """Start one more task manager; it registers by itself."""
        main = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
        service = self.services.start(
            f"taskmanager-{len(self.task_managers) + 1}",
            [*self.java(TASK_MANAGER_MEMORY), main, "--configDir", str(self.conf)],
        )
        self.task_managers.append(service)
        return service

    def wait_for_task_managers(self, count: int, seconds: float = 60) -> None:
        """Return when `count` task managers are registered. Raises NotReady."""
        wait_for(
            f"{count} task managers at port {self.rest}",
            lambda: self.get("/overview")["taskmanagers"] == count,
            seconds,
        )

    def answers(self) -> bool:
        """Whether its REST port answers."""
        try:
            self.get("/overview")
        except OSError:
            return False
        return True

    def get(self, path: str) -> dict[str, Any]:
        """What the REST port says. Raises OSError."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.rest}{path}", timeout=10) as answer:
            return json.load(answer)

    def jobs(self) -> list[dict[str, Any]]:
        """Every job that it ran or runs, oldest first."""
        found = self.get("/jobs/overview")["jobs"]
        return sorted(found, key=lambda job: job["start-time"])

    def job(self, seen: set[str], seconds: float = 90) -> str:
        """The id of the next job, which is not one of `seen`, once it is made. Raises NotReady."""

        def made() -> list[str]:
            # While it is made, most of what can be asked of a job is answered with an error.
            new = (job for job in self.jobs() if job["jid"] not in seen)
            return [job["jid"] for job in new if job["state"] != "INITIALIZING"]

        wait_for("a new job", lambda: bool(made()), seconds)
        return made()[0]

    def wait_for_end(self, job: str, seconds: float) -> str:
        """The state that a job ended in. Raises NotReady."""
        wait_for(f"the end of job {job}", lambda: self.state(job) in ENDS, seconds)
        return self.state(job)

    def state(self, job: str) -> str:
        """The state of a job."""
        return str(self.get(f"/jobs/{job}")["state"])

    def parallelism(self, job: str) -> int:
        """The parallelism of the widest operator of a job."""
        return max(vertex["parallelism"] for vertex in self.get(f"/jobs/{job}")["vertices"])

    def failures(self, job: str) -> int:
        """How often a part of a job failed and was started again."""
        history = self.get(f"/jobs/{job}/exceptions").get("exceptionHistory", {})
        return len(history.get("entries", []))

    def checkpoints(self, job: str) -> dict[str, int]:
        """How many checkpoints of a job were completed, and from how many it was restored."""
        counts = self.get(f"/jobs/{job}/checkpoints").get("counts", {})
        return {name: int(counts.get(name, 0)) for name in ("completed", "restored")}

    def wait_for_checkpoint(self, job: str, seconds: float = 60) -> None:
        """Return when a job has completed a checkpoint. Raises NotReady."""

        def completed() -> bool:
            if self.checkpoints(job)["completed"]:
                return True
            state = self.state(job)
            if state in ENDS:
                raise NotReady(f"job {job}: {state} without a checkpoint")
            return False

        wait_for(f"a checkpoint of job {job}", completed, seconds)
