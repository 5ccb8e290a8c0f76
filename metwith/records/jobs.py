"""What happens to records in the background. Arguments are ids, never content. `metwith/schedule.py` says when the periodic one runs."""

from __future__ import annotations

from procrastinate.contrib.django import app

from metwith.engine.queue import QUICK, enqueue, enqueue_once
from metwith.engine.slots import CLOCK, UPKEEP
from metwith.lib import clock
from metwith.records.acts import restoring
from metwith.records.acts.forgetting import forget_old_acts
from metwith.records.acts.models import Act
from metwith.records.imports import run
from metwith.records.imports.models import ImportFile
from metwith.records.imports.waiting import forget_old_files


def look_soon(workspace_id: int, file_id: int) -> None:
    """Queue looking at a file."""
    enqueue(look_at_file, f"import:{file_id}", workspace_id=workspace_id, file_id=file_id)


def store_soon(workspace_id: int, act_id: int) -> None:
    """Queue storing what was looked at."""
    enqueue(store_rows, f"act:{act_id}", workspace_id=workspace_id, act_id=act_id)


def take_back_soon(workspace_id: int, act_id: int) -> None:
    """Queue giving back what an act changed."""
    enqueue(restore_values, f"act:{act_id}", workspace_id=workspace_id, act_id=act_id)


@app.task(name="metwith.records.jobs.look_at_file", queue=UPKEEP)
def look_at_file(workspace_id: int, file_id: int) -> None:
    """Find out what a file would do."""
    run.look(workspace_id, file_id)


@app.task(name="metwith.records.jobs.store_rows", queue=UPKEEP)
def store_rows(workspace_id: int, act_id: int) -> None:
    """Store the rest of a file. Killed anywhere, it is taken up again."""
    run.store(workspace_id, act_id, clock.now)


@app.task(name="metwith.records.jobs.restore_values", queue=UPKEEP)
def restore_values(workspace_id: int, act_id: int) -> None:
    """Give back the rest of what an act changed. Killed anywhere, it is taken up again."""
    restoring.restore(workspace_id, act_id)


@app.task(name="metwith.records.jobs.tidy_acts", queue=CLOCK, queueing_lock="tidy-acts")
def tidy_acts(timestamp: int) -> None:  # noqa: ARG001  given by the clock
    """Files that waited an hour and acts of yesterday go; what has no job any more, since it was lost or failed, is queued."""
    now = clock.now()
    forget_old_files(now)
    forget_old_acts(now)
    looking = ImportFile.objects.across_workspaces("the clock serves all").filter(state=ImportFile.State.LOOKING)
    for workspace_id, file_id in looking.values_list("workspace_id", "pk"):
        enqueue_once(look_at_file, f"import:{file_id}", priority=QUICK, workspace_id=workspace_id, file_id=file_id)
    going_on = {Act.State.OPEN: store_rows, Act.State.RUNNING: store_rows, Act.State.TAKING_BACK: restore_values}
    for act in Act.objects.across_workspaces("the clock serves all").filter(state__in=going_on).order_by("pk"):
        task = going_on[Act.State(act.state)]
        enqueue_once(task, f"act:{act.pk}", priority=QUICK, workspace_id=act.workspace_id, act_id=act.pk)
