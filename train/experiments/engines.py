"""Engines: who computes the chunks of an experiment. All give the same numbers; the caller writes them."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext
from typing import Any, Protocol

import torch
from typing_extensions import override

from .batches import Bench, Progress, Tables
from .plan import Plan

Chunk = Sequence[int]
"""Numbers of adjacent batches."""
TRIES = 3
"""How often a chunk is tried whose worker died."""


class Engine(Protocol):
    """Computes chunks in any order; each of them once, or again where its worker died."""

    def done(self, plan: Plan, chunks: Iterable[Chunk], progress: Progress) -> Iterator[tuple[Chunk, Tables]]:
        """Each chunk with its tables, as they are finished.

        Args:
            progress: called with the batches that are finished since the last call, or with parts of them.
        """


def computed(bench: Bench, chunk: Chunk, progress: Progress = lambda part: None) -> Tables:
    """The tables of a chunk."""
    steps = bench.design.steps
    return Tables.joined([bench.simulated(number, lambda done: progress(done / steps)) for number in chunk])


@dataclass(frozen=True)
class Here(Engine):
    """This process."""

    @override
    def done(self, plan: Plan, chunks: Iterable[Chunk], progress: Progress) -> Iterator[tuple[Chunk, Tables]]:
        bench = Bench(plan)
        for chunk in chunks:
            yield chunk, computed(bench, chunk, progress)


_bench: Bench | None = None


def _begin(plan: Plan) -> None:
    global _bench
    _bench = Bench(plan)


def _work(chunk: Chunk) -> Tables:
    assert _bench is not None
    return computed(_bench, chunk)


@dataclass(frozen=True)
class Processes(Engine):
    """Processes of this machine, each on one thread.

    Attributes:
        workers: how many.

    Raises:
        ValueError: from `done`, when a chunk's worker has died again and again.
    """

    workers: int = 2

    @override
    def done(self, plan: Plan, chunks: Iterable[Chunk], progress: Progress) -> Iterator[tuple[Chunk, Tables]]:
        todo, tries = list(chunks), 0
        while todo:
            try:
                for chunk, tables in self._once(plan, todo):
                    progress(len(chunk))
                    yield chunk, tables
                    todo.remove(chunk)
                    tries = 0
            except BrokenProcessPool:
                tries += 1
                if tries == TRIES:
                    raise ValueError(
                        f"a worker has died {TRIES} times without a chunk being finished: for want of memory, most likely; "
                        "use fewer --workers or a smaller batch"
                    ) from None

    def _once(self, plan: Plan, chunks: list[Chunk]) -> Iterator[tuple[Chunk, Tables]]:
        """Until all is done or a worker dies. As many chunks wait as there are workers, so that memory stays flat."""
        pool = ProcessPoolExecutor(self.workers, clean_processes(), _begin, (plan,))
        waiting, running = iter(chunks), dict[Future[Tables], Chunk]()
        try:
            while True:
                while len(running) < 2 * self.workers and (chunk := next(waiting, None)) is not None:
                    running[pool.submit(_work, chunk)] = chunk
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future.result()
        finally:
            _end(pool)


def clean_processes() -> BaseContext:
    """Processes that share no thread or lock with this one; where it can be, torch is imported once for all of them."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def _end(pool: ProcessPoolExecutor) -> None:
    """Ends the workers at once: what they have not finished is nobody's any more."""
    workers = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join()


@dataclass(frozen=True)
class Ray(Engine):
    """Tasks of a Ray cluster, one a chunk; Ray repeats those whose worker is lost.

    Attributes:
        address: of the cluster, `auto` for the one of this machine; None starts one here.
        workers: tasks at a time; by default as many as the cluster has CPUs.

    Raises:
        ModuleNotFoundError: from `done`, without the extra `ray`.
    """

    address: str | None = None
    workers: int | None = None

    @override
    def done(self, plan: Plan, chunks: Iterable[Chunk], progress: Progress) -> Iterator[tuple[Chunk, Tables]]:
        import ray

        began = not ray.is_initialized()
        if began:
            own = {"include_dashboard": False, "num_cpus": self.workers} if self.address is None else {}
            ray.init(address=self.address, log_to_driver=False, logging_level="error", **own)
        try:
            yield from self._tasks(ray, plan, chunks, progress)
        finally:
            if began:
                ray.shutdown()

    def _tasks(
        self, ray: Any, plan: Plan, chunks: Iterable[Chunk], progress: Progress
    ) -> Iterator[tuple[Chunk, Tables]]:
        task = ray.remote(num_cpus=1, max_retries=TRIES)(_ray_work)
        shared, processor = ray.put(plan), processor_kind()
        at_once = 2 * (self.workers or int(ray.cluster_resources().get("CPU", 1)))
        waiting, running = iter(chunks), dict[Any, Chunk]()
        while True:
            while len(running) < at_once and (chunk := next(waiting, None)) is not None:
                running[task.remote(shared, chunk, processor)] = chunk
            if not running:
                return
            for reference in ray.wait(list(running))[0]:
                chunk = running.pop(reference)
                try:
                    tables = ray.get(reference)
                except ray.exceptions.RayTaskError as error:
                    raise error.cause from None
                progress(len(chunk))
                yield chunk, tables


def _ray_work(plan: Plan, chunk: Chunk, processor: str) -> Tables:
    """A chunk in a worker of Ray, which keeps the bench of the last plan for the next chunk."""
    global _bench
    if processor_kind() != processor:
        raise ValueError(
            f"a worker's processor computes by {processor_kind()}, this machine's by {processor}: last digits would differ"
        )
    if _bench is None or _bench.plan.design != plan.design:
        _bench = Bench(plan)
    return computed(_bench, chunk)


def processor_kind() -> str:
    """The vector instructions that torch computes with; other ones may differ in the last digit."""
    return str(torch.backends.cpu.get_cpu_capability())
