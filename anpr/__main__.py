"""``python -m anpr`` is the same command as ``anpr``."""

from anpr.cli import main

main()
