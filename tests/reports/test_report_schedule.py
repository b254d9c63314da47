import pytest

from okxlab.errors import ScheduleError
from okxlab.reports import Schedule, read_schedules, run_schedule

GOOD = 'name = "morning"\nreport = "ok"\ncron = "30 6 * * *"\n'


def test_read_schedules_when_only_the_needed_keys_stand_there_fills_in_the_rest(workspace, write_schedule):
    """UTC, the last missed run caught up, no overlap, an hour at most."""
    write_schedule(f"[[schedule]]\n{GOOD}")

    assert read_schedules(workspace) == (Schedule("morning", "ok", "30 6 * * *", "UTC", {}, "last", "skip", 3600.0),)


def test_read_schedules_when_everything_stands_there_reads_it(workspace, write_schedule):
    """Every key of a table arrives."""
    rest = 'tz = "Asia/Tokyo"\nparams = { levels = 3 }\ncatch_up = "all"\noverlap = "queue"\ntimeout = 60\n'
    write_schedule(f"[[schedule]]\n{GOOD}{rest}")

    assert read_schedules(workspace) == (
        Schedule("morning", "ok", "30 6 * * *", "Asia/Tokyo", {"levels": 3}, "all", "queue", 60),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no"),
        ("schedule = 1", "holds no"),
        ("[[schedule]", "cannot be read"),
        ("[[shedule]]\n" + GOOD, "unknown key 'shedule'. Did you mean 'schedule'"),
        (f"[[schedule]]\n{GOOD}crom = 1", "unknown key 'crom'. Did you mean 'cron'"),
        ('[[schedule]]\nname = "a"\nreport = "ok"', "'a' has no cron"),
        (f"[[schedule]]\n{GOOD.replace('30 6 * * *', '30 6 * *')}", "five fields"),
        (f'[[schedule]]\n{GOOD}tz = "Nowhere"', "time zone"),
        (f"[[schedule]]\n{GOOD}tz = 1", "not text"),
        (f"[[schedule]]\n{GOOD.replace('ok', 'okay')}", "no report called 'okay'. Did you mean 'ok'"),
        (f"[[schedule]]\n{GOOD}params = {{ level = 3 }}", "Did you mean 'levels'"),
        (f'[[schedule]]\n{GOOD}params = {{ levels = "3" }}', "takes int"),
        (f'[[schedule]]\n{GOOD}params = {{ due = "now" }}', "sets the parameter due"),
        (f"[[schedule]]\n{GOOD}params = 3", "has params"),
        (f'[[schedule]]\n{GOOD}catch_up = "some"', "Choose one of all, last, none"),
        (f'[[schedule]]\n{GOOD}overlap = "both"', "Choose one of queue, skip"),
        (f"[[schedule]]\n{GOOD}timeout = 0", "has timeout"),
        (f"[[schedule]]\n{GOOD}timeout = nan", "has timeout"),
        (f"[[schedule]]\n{GOOD}timeout = true", "has timeout"),
        (f"[[schedule]]\n{GOOD.replace('morning', '../x')}", "not the name of a schedule"),
        (f"[[schedule]]\n{GOOD}[[schedule]]\n{GOOD}", "Two schedules are called 'morning'"),
    ],
)
def test_read_schedules_when_something_cannot_be_run_says_what_and_how(workspace, write_schedule, text, said):
    """The file is refused whole, in a sentence that names the schedule and the value."""
    write_schedule(text)

    with pytest.raises(ScheduleError) as refusal:
        read_schedules(workspace)

    assert said in str(refusal.value)


def test_run_schedule_when_the_file_is_wrong_starts_nothing(workspace, write_schedule):
    """Not even the ledger is made."""
    write_schedule(f"[[schedule]]\n{GOOD}[[schedule]]\n{GOOD.replace('morning', 'b').replace('ok', 'okay')}")

    with pytest.raises(ScheduleError):
        run_schedule(workspace)

    assert not (workspace / ".okxlab").exists()


def test_run_schedule_when_there_is_no_file_shows_how_one_begins(workspace):
    """The first step is in the message."""
    with pytest.raises(ScheduleError, match=r"\[\[schedule\]\]"):
        run_schedule(workspace)
