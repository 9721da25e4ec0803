"""A cluster: the same bits as on one thread, and a worker that is killed costs its tasks only."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import landscape as ls
from landscape.study import training_loop
from landscape.study.store import Store

distributed = pytest.importorskip("distributed", reason="needs the extra [dask]")

GRID = ls.grid(activation=["tanh", "sigmoid"], hidden=[2, 3], lr=[0.5, 2.0], budget=3_000, criterion="never")

pytestmark = pytest.mark.filterwarnings("default")  # Dask's own warnings are not ours to mend


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return ls.Study(tmp_path_factory.mktemp("clean"), GRID, runs=600).run(threads=1).runs()


def test_two_worker_processes_give_the_bits_of_one_thread(client: Any, clean: pd.DataFrame, tmp_path: Path) -> None:
    made = ls.Study(tmp_path, GRID, runs=600).run(client.get_executor())
    pd.testing.assert_frame_equal(made.runs(), clean, check_exact=True)


def test_a_worker_killed_in_the_middle_costs_its_tasks_only(
    client: Any, clean: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_loop, "TASK_SECONDS", 0.02)
    monkeypatch.setattr(training_loop, "BLOCK_SECONDS", 0.1)
    made = ls.Study(tmp_path, GRID, runs=600)
    seen, processes = [], client.run(os.getpid)
    assert len(processes) == 2

    write = Store.write_block

    def write_and_kill(self: Store, *given: Any) -> None:
        write(self, *given)
        if not seen:
            os.kill(next(iter(processes.values())), signal.SIGKILL)
            seen.append(made.status().done)

    monkeypatch.setattr(Store, "write_block", write_and_kill)
    made.run(client.get_executor())
    assert 0 < seen[0] < len(clean), "it was in the middle"
    pd.testing.assert_frame_equal(made.runs(), clean, check_exact=True)
