"""How fast the suite is, as ratios measured side by side: `tox -e bench`. A plain run collects none of these files."""
