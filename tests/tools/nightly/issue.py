"""The issue of the nightly run: the open issue with the label, or a new one. No other issue is changed."""

from __future__ import annotations

import json
import subprocess

LABEL = "nightly"


class NoIssue(RuntimeError):
    """`gh` failed. The message is one line that names the command; the output of `gh` is above it."""


def publish(title: str, body: str) -> str:
    """Open the issue, or update it. Return its address.

    Raises   NoIssue
    """
    text = ("--title", title, "--body-file", "-")
    known = json.loads(_gh("issue", "list", "--label", LABEL, "--state", "open", "--json", "number"))
    if known:
        return _gh("issue", "edit", str(min(issue["number"] for issue in known)), *text, given=body)
    _gh("label", "create", LABEL, "--description", "Violations that a nightly run found", "--force")
    return _gh("issue", "create", "--label", LABEL, *text, given=body)


def _gh(*arguments: str, given: str = "") -> str:
    try:
        done = subprocess.run(["gh", *arguments], input=given, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoIssue(f"gh {' '.join(arguments[:2])}: {error}") from None
    return done.stdout.strip()
