"""The subject `textbook` as it is found by its folder."""

from tests.subjects.textbook import Textbook

SUBJECT = Textbook
