"""A scheduled run of newsbeam in a Kubernetes pod, as an Airflow 3 DAG.

The logical date is the run's time. A retry is the same run with the same time and the same
feeds: whatever the attempt before it had committed is replaced, so that retries are safe.

Needs Airflow 3 with apache-airflow-providers-cncf-kubernetes, the image of deploy/Dockerfile, and
the volume claim and feeds of deploy/kubernetes/base in the namespace.
Checked by deploy/check: imported, serialised and its command rendered by Airflow.
Not run here: no scheduler and no cluster.
"""

from datetime import UTC, datetime, timedelta

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG
from kubernetes.client import models as k8s

NAMESPACE = "newsbeam"
IMAGE = "newsbeam:0.1.0"
ARGUMENTS = [
    "ingest",
    "--feeds=/etc/newsbeam/feeds.csv",
    "--output=/data/news",
    # A run that was triggered by hand may have no logical date.
    "--run-time={{ (dag_run.logical_date or dag_run.run_after).isoformat() }}",
    "--contact=news@example.org",
    "--max-failed=50%",
    "--json",
]

with DAG(
    dag_id="newsbeam",
    description="Ingest news into Parquet",
    schedule="*/10 * * * *",
    start_date=datetime(2026, 11, 1, tzinfo=UTC),
    # A feed says what is new now: there is nothing to read for a date in the past.
    catchup=False,
    # One writer at a time.
    max_active_runs=1,
    tags=["news"],
    default_args={
        "retries": 2,
        "retry_delay": timedelta(minutes=2),
        "execution_timeout": timedelta(minutes=30),
    },
) as dag:
    KubernetesPodOperator(
        task_id="ingest",
        name="newsbeam-ingest",
        namespace=NAMESPACE,
        image=IMAGE,
        arguments=ARGUMENTS,
        automount_service_account_token=False,
        on_finish_action="delete_succeeded_pod",
        security_context=k8s.V1PodSecurityContext(
            run_as_non_root=True,
            run_as_user=10001,
            run_as_group=10001,
            fs_group=10001,
            fs_group_change_policy="OnRootMismatch",
            seccomp_profile=k8s.V1SeccompProfile(type="RuntimeDefault"),
        ),
        container_security_context=k8s.V1SecurityContext(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=k8s.V1Capabilities(drop=["ALL"]),
        ),
        container_resources=k8s.V1ResourceRequirements(
            requests={"cpu": "500m", "memory": "1Gi"}, limits={"memory": "2Gi"}
        ),
        volumes=[
            k8s.V1Volume(
                name="dataset",
                persistent_volume_claim=k8s.V1PersistentVolumeClaimVolumeSource(
                    claim_name="newsbeam-dataset"
                ),
            ),
            k8s.V1Volume(
                name="feeds", config_map=k8s.V1ConfigMapVolumeSource(name="newsbeam-feeds")
            ),
            k8s.V1Volume(name="tmp", empty_dir=k8s.V1EmptyDirVolumeSource(size_limit="1Gi")),
        ],
        volume_mounts=[
            k8s.V1VolumeMount(name="dataset", mount_path="/data"),
            k8s.V1VolumeMount(name="feeds", mount_path="/etc/newsbeam", read_only=True),
            k8s.V1VolumeMount(name="tmp", mount_path="/tmp"),
        ],
    )
