"""Both languages say everything."""

import ast
from string import Formatter

import pytest

from okxlab.widgets.words import LANGUAGES, TABLE, Words


def names(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", TABLE)
def test_text_is_there_in_both_languages_with_the_same_values(key):
    """No text is missing or empty, and both take the same values."""
    english, chinese = TABLE[key]

    assert english.strip()
    assert chinese.strip()
    assert names(english) == names(chinese)


def test_every_text_is_used_and_every_text_used_is_there(root):
    """The table holds what the forms say, no more and no less."""
    used = {"state_running", "state_failed", "state_left", "state_stopped"}  # named by the bot's state
    for path in (root / "okxlab/widgets").glob("*.py"):
        if path.name == "words.py":
            continue
        strings = {
            node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)
        }
        used |= strings & set(TABLE)

    assert used == set(TABLE)


def test_words_when_chinese_are_chinese():
    """A text in Chinese holds Chinese."""
    assert LANGUAGES == ("en", "zh")
    assert Words("zh")("confirm") == "确认"
    assert Words("en")("days_read", done=1, days=7) == "1 of 7 days read"
