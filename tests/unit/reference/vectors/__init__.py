"""Tests of the vectors: what they contain, who passes them, and how answers are judged."""
