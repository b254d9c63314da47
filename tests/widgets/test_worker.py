"""The background thread of a form."""

import threading

import pytest

from okxlab.errors import InputError
from okxlab.widgets.worker import Worker

SOON = 10.0


@pytest.fixture
def worker():
    return Worker("Try again.")


@pytest.fixture
def shown():
    return []


def test_submit_when_a_job_of_that_name_waits_replaces_it(worker, shown):
    """Typing again and again leaves one job: the last."""
    done = []
    for key in range(5):
        worker.submit("plan", lambda key=key: done.append(key), shown.append, after=3_600)

    assert worker.wait(SOON)
    assert done == [4]


def test_submit_when_once_and_the_job_runs_is_refused(worker, shown):
    """A button pressed while its work is under way does not start it again."""
    began, end = threading.Event(), threading.Event()
    worker.submit("backtest", lambda: (began.set(), end.wait(SOON)), shown.append)
    began.wait(SOON)

    assert not worker.submit("backtest", lambda: None, shown.append, once=True)
    end.set()
    assert worker.wait(SOON)
    assert worker.submit("backtest", lambda: None, shown.append, once=True)


def test_job_when_it_fails_is_shown_and_the_next_one_runs(worker, shown):
    """An error ends its job and nothing else."""
    done = []

    def fail():
        raise InputError("low is 'x'.", "Type a number.")

    worker.submit("plan", fail, shown.append)
    worker.submit("other", lambda: done.append("other"), shown.append)

    assert worker.wait(SOON)
    assert [str(error) for error in shown] == ["low is 'x'. Type a number."]
    assert done == ["other"]


def test_job_when_it_fails_unforeseen_is_a_sentence_too(worker, shown):
    """What nobody foresaw is named, with the next step, and no traceback."""
    worker.submit("plan", lambda: {}["low"], shown.append)

    assert worker.wait(SOON)
    assert [str(error) for error in shown] == ["KeyError: 'low'. Try again."]


def test_wait_when_only_a_quiet_job_waits_is_over(worker, shown):
    """A status that is read every few seconds keeps nobody waiting."""
    worker.submit("status", lambda: None, shown.append, after=60, quiet=True)

    assert worker.wait(0.0)


def test_wait_when_work_goes_on_says_so(worker, shown):
    """Waiting ends with the patience of whoever waits."""
    end = threading.Event()
    worker.submit("backtest", lambda: end.wait(SOON), shown.append)

    assert not worker.wait(0.01)
    end.set()
    assert worker.wait(SOON)


def test_submit_when_the_thread_has_ended_starts_another(worker, shown):
    """A form that was idle goes on working."""
    done = []
    for number in range(3):
        worker.submit("plan", lambda number=number: done.append(number), shown.append)
        assert worker.wait(SOON)

    assert done == [0, 1, 2]


def test_wait_when_a_job_is_put_off_has_it_done_now(worker, shown):
    """A script does not wait for a pause in typing."""
    done = []
    worker.submit("plan", lambda: done.append("plan"), shown.append, after=3_600)

    assert worker.wait(SOON)
    assert done == ["plan"]
