"""--contacts says whose contacts it counts, in every command that plays or plans a trial."""

import pytest
from test_cli_rehearse import written

from simkit.calllog import read_call_log
from simkit.cli.number_options import contacts_in_all, contacts_of_each
from simkit.errors import InputError
from simkit.trial.design import load_design

TWO = ("b2c", "b2b")


def test_a_number_alone_is_that_of_all_segments_where_they_are_played():
    assert contacts_in_all(["5000"], TWO) == 5000
    assert contacts_in_all(["b2c=3000", "b2b=2000"], TWO) == {"b2c": 3000, "b2b": 2000}
    assert contacts_in_all(None, TWO) is None
    with pytest.raises(InputError, match="'5000', must be given for each segment"):
        contacts_in_all(["b2c=3000", "5000"], TWO)


def test_a_number_alone_is_refused_where_it_might_be_meant_for_each_segment():
    assert contacts_of_each(["5000"], TWO[:1]) == {"b2c": 5000}
    assert contacts_of_each(["b2c=3000", "b2b=2000"], TWO) == {"b2c": 3000, "b2b": 2000}
    with pytest.raises(InputError, match="as --contacts b2c=N --contacts b2b=N"):
        contacts_of_each(["5000"], TWO)


def test_a_simulated_trial_says_how_many_contacts_each_segment_has(files, simkit):
    short = ("simulate", "--scenario", "trial", "--days", 40, "--no-progress")
    shared = simkit(*short, "--contacts", 50, "--out", "shared")
    assert "Contacts: b2c 30, b2b 20." in shared.stdout  # shares of .6 and .4
    own = simkit(*short, "--contacts", "b2c=5", "--contacts", "b2b=45", "--out", "own")
    assert "Contacts: b2c 5, b2b 45." in own.stdout
    counts = read_call_log("own").contacts["segment"].value_counts()
    assert counts.to_dict() == {"b2b": 45, "b2c": 5}


def test_a_design_says_how_many_contacts_each_segment_has(files, simkit):
    design = ("design", "--scenario", "b2b", "--arms", "policies.toml", "--horizon", 98)
    done = simkit(*design, "--contacts", "b2b=4000")
    assert "Contacts planned, all arms together: b2b 4,000." in done.stdout
    assert load_design("trial.toml").contacts == {"b2b": 4000}


def test_a_rehearsal_takes_the_contacts_of_a_segment(simkit, tmp_path):
    call = ("rehearse", "--design", written(tmp_path), "--scenario", "b2b", "--replications", 2)
    done = simkit(*call, "--duration", 30, "--jobs", 1, "--no-progress", "--contacts", "b2b=120")
    assert "With 120 contacts for 60 days" in done.stdout
    wrong = simkit(*call, "--contacts", "b2c=120")
    assert "--contacts == 'b2c=120', must begin with a segment (b2b)" in wrong.stderr
