"""Map: any number of items, a bounded number at once, and failures of a Distributed Map."""

# ruff: noqa: SLF001 - what is mended lies inside moto

from __future__ import annotations

from typing import Any

from moto.stepfunctions.parser.asl.component.common.path.items_path import ItemsPath
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import (
    distributed_iteration_component as distributed,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import (
    inline_iteration_component as inline,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import job as jobs
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor.distributed_item_processor_worker import (  # noqa: E501
    DistributedItemProcessorWorker,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker import (  # noqa: E501
    IterationWorker,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iterator.distributed_iterator_worker import (  # noqa: E501
    DistributedIteratorWorker,
)
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded, ProgramError

from runner.local.patches.base import Patch, replace
from runner.local.patches.failures import failure

AT_ONCE = 40
"""Iterations of one Map that run at once: what Step Functions gives an inline Map."""

_STEP = 0.5


def _apply() -> None:
    replace(ItemsPath, "_eval_body", _items)
    replace(IterationWorker, "_eval_pool", _work)
    replace(inline.InlineIterationComponent, "_eval_body", _iterate)
    replace(distributed.DistributedIterationComponent, "_map_run", _map_run)
    for worker in (DistributedItemProcessorWorker, DistributedIteratorWorker):
        replace(worker, "_eval_pool", _work_apart)
        replace(worker, "_eval_job", _run_child)


def _items(self: Any, env: Any) -> None:
    self.string_sampler.eval(env=env)
    if not isinstance(env.stack[-1], list):
        cause = f"Reference path {self.string_sampler.literal_value!r} must point to an array"
        raise failure(env, "States.Runtime", cause)


def _work(self: Any, job: Any, worker_frame: Any) -> None:
    while job is not None:
        frame = worker_frame.open_inner_frame()
        self._eval_job(env=frame, job=job)
        worker_frame.close_frame(frame)
        following = None if _ends(self, job) else self._job_pool.next_job()
        if following is None:
            self._env.close_frame(worker_frame)
        self._job_pool.close_job(job)
        if following is None:
            return
        job = following
    self._env.close_frame(worker_frame)


def _work_apart(self: Any, job: Any, worker_frame: Any) -> None:
    while job is not None:
        frame = worker_frame.open_inner_frame()
        self._eval_job(env=frame, job=job)
        worker_frame.delete_frame(frame)
        following = None if _ends(self, job) else self._job_pool.next_job()
        self._job_pool.close_job(job)
        job = following


def _ends(self: Any, job: Any) -> bool:
    return isinstance(job.job_output, Exception) or self.stopped()


def _iterate(self: Any, env: Any) -> None:
    request = env.stack.pop()
    _run_jobs(self, env, request, request.input_items, request.max_concurrency)


def _map_run(self: Any, env: Any, eval_input: Any) -> None:
    concurrency = eval_input.map_run_record.max_concurrency
    _run_jobs(self, env, eval_input, env.stack.pop(), concurrency)


def _run_jobs(self: Any, env: Any, request: Any, items: Any, concurrency: int) -> None:
    pool = jobs.JobPool(job_program=self._get_iteration_program(), job_inputs=items)
    for _ in range(min(len(items), concurrency or AT_ONCE, AT_ONCE)):
        self._launch_worker(env=env, eval_input=request, job_pool=pool)
    while not pool._is_terminated() and env.is_running():
        pool._termination_event.wait(_STEP)
    error = pool.get_worker_exception()
    if error is not None:
        raise error
    env.stack.append([closed.job_output for closed in pool.get_closed_jobs()])


def _run_child(self: Any, env: Any, job: Any) -> None:
    try:
        env.states.context_object.context_object_data["Map"] = {
            "Item": {"Index": job.job_index, "Value": job.job_input}
        }
        env.states.reset(job.job_input)
        env.stack.append(env.states.get_input())
        self._eval_input(env_frame=env)
        job.job_program.eval(env)
        job.job_output = _outcome(env, job)
    except Exception as error:  # the pool raises it in the thread of the Map
        job.job_output = error


def _outcome(env: Any, job: Any) -> Any:
    match env.program_state():
        case ProgramEnded():
            return env.states.get_input()
        case ProgramError(error=error):
            details = error or {}
            why = f"{details.get('error', '')}: {details.get('cause', '')}".strip(": ")
        case other:
            why = type(other).__name__
    cause = f"The specified tolerated failure threshold was exceeded: item {job.job_index}: {why}"
    return failure(env, "States.ExceedToleratedFailureThreshold", cause)


PATCH = Patch(
    name="maps",
    reason="a Map of a thousand items one after the other ends in a RecursionError and hangs, "
    "each item gets threads of its own, and a Distributed Map succeeds when its items fail",
    apply=_apply,
)
