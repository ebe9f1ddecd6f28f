"""The ground that the suite stands on, broken in one place at a time, and the tests of the suite that fall."""
