"""The table of divergences is true: it names what clients lack, all of it and nothing else."""

import pytest

from tests.contract.clients.roster import ROSTER
from tests.contract.clients.vocabulary import ABILITIES
from tests.contract.divergences import DIVERGENCES


@pytest.mark.parametrize("name", ROSTER)
def test_what_a_client_lacks_is_listed(name):
    """Each ability is either there or listed with its reason, and never both."""
    lacking = {ability for ability in ABILITIES if not hasattr(ROSTER[name], ability)}

    assert lacking == {ability for client, ability in DIVERGENCES if client == name}


def test_every_divergence_has_its_reason():
    """A reason is a sentence, not a word."""
    assert [key for key, reason in DIVERGENCES.items() if len(reason.split()) < 5] == []
