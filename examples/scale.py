"""Scales a deployment of Weir's with Temporal's official Python SDK, and nothing of Weir's: its names are the contract.

    pip install temporalio
    python examples/scale.py local orders 8

Creates the deployment if it is not there (with --jar), takes it to the parallelism, and waits until it runs so.
TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE say where Temporal is.
"""

import argparse
import asyncio
import os
import sys
import urllib.parse
import uuid

from temporalio.client import Client, WithStartWorkflowOperation, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy


async def main() -> int:
    options = arguments()
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "localhost:7233"),
        namespace=os.environ.get("TEMPORAL_NAMESPACE", "default"),
    )
    # One workflow a deployment, known by its id: percent-encoded cluster and name.
    quoted = [urllib.parse.quote(part, safe="!*'()") for part in (options.cluster, options.name)]
    workflow_id = "/".join(["deployment", *quoted])
    deployment = client.get_workflow_handle(workflow_id)
    # The same id twice is one request: a repeated call counts once.
    asked = {"requestId": str(uuid.uuid4()), "by": "scale.py", "reason": options.reason}
    try:
        if options.jar:
            answer = await client.execute_update_with_start_workflow(
                "apply",
                {**asked, "resource": resource(options)},
                start_workflow_operation=WithStartWorkflowOperation(
                    "deployment",
                    id=workflow_id,
                    task_queue=options.task_queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                ),
            )
        else:
            answer = await deployment.execute_update("scale", {**asked, "parallelism": options.parallelism})
    except WorkflowUpdateFailedError as refused:
        print(f"refused: {refused.cause}", file=sys.stderr)
        return 1
    print(f"version {answer['resourceVersion']}, {answer['effect']}: {'; '.join(answer['plan'])}")
    return await carried_out(deployment, answer["resourceVersion"])


async def carried_out(deployment, version: int) -> int:
    """Looks until the deployment's history says what became of that version."""
    while True:
        for revision in await deployment.query("history"):
            if revision["resourceVersion"] == version and revision["outcome"] != "PENDING":
                message = f": {revision['message']}" if "message" in revision else ""
                print(f"version {version} is {revision['outcome']}{message}")
                return 0 if revision["outcome"] in ("DONE", "STORED") else 1
        await asyncio.sleep(0.5)


def resource(options: argparse.Namespace) -> dict:
    artifact = {"jarUri": options.jar, "mainArgs": options.main_args}
    spec = {"template": {"spec": {"parallelism": options.parallelism, "artifact": artifact}}}
    return {"kind": "Deployment", "apiVersion": "v1", "metadata": {"name": options.name}, "spec": spec}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Scales a deployment of Weir's.")
    parser.add_argument("cluster", help="its name in weir.yaml")
    parser.add_argument("name", help="the deployment's")
    parser.add_argument("parallelism", type=int)
    parser.add_argument("--jar", help="of the cluster's artifact folder: applies the whole resource")
    parser.add_argument("--main-args", default="", help="with --jar: the program's arguments")
    parser.add_argument("--task-queue", default="weir")
    parser.add_argument("--reason", default="asked for by hand")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
