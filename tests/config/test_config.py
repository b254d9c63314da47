"""The workspace and its settings: what cannot be used is named in one sentence."""

import pytest

from okxlab.config import find_workspace
from okxlab.errors import ConfigError


def test_workspace_when_a_table_in_the_environment_is_no_table_says_so(tmp_path, monkeypatch):
    """A variable that should hold a table is named with the way to write one value."""
    monkeypatch.setenv("OKXLAB_PAPER", "x")

    with pytest.raises(ConfigError, match="OKXLAB_PAPER__SEED"):
        find_workspace(tmp_path)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"lang = '\xff'", "UTF-8"), (b"lang = ", "not TOML"), (b"lang = 'fr'", "lang"), (b"paper = 3", "paper")],
)
def test_workspace_when_the_settings_cannot_be_read_names_file_and_fault(tmp_path, content, complaint):
    """Another encoding, broken TOML and impossible values each have their sentence."""
    (tmp_path / "okxlab.toml").write_bytes(content)

    with pytest.raises(ConfigError, match=complaint) as caught:
        find_workspace(tmp_path)
    assert "okxlab.toml" in str(caught.value)


def test_state_folder_that_was_open_to_others_is_closed(tmp_path):
    """A folder that came with a copy or a checkout is closed to other users."""
    folder = tmp_path / ".okxlab"
    folder.mkdir()
    folder.chmod(0o755)

    assert find_workspace(tmp_path).state.stat().st_mode & 0o777 == 0o700


def test_paper_settings_hold_the_fill_model(tmp_path):
    """One of two; touch unless told."""
    assert find_workspace(tmp_path).settings.paper.fills == "touch"
    (tmp_path / "okxlab.toml").write_text('[paper]\nfills = "book"\n')
    assert find_workspace(tmp_path).settings.paper.fills == "book"

    (tmp_path / "okxlab.toml").write_text('[paper]\nfills = "lucky"\n')

    with pytest.raises(ConfigError, match="fills"):
        find_workspace(tmp_path)


def test_paper_settings_hold_the_symbol_of_a_price_file(tmp_path):
    """The table says which instrument a price file is of; BTC-USDT unless told."""
    assert find_workspace(tmp_path).settings.paper.symbol == "BTC-USDT"
    (tmp_path / "okxlab.toml").write_text('[paper]\nsymbol = "ETH-USDT"\n')

    assert find_workspace(tmp_path).settings.paper.symbol == "ETH-USDT"
