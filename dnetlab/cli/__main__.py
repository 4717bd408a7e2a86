"""``python -m dnetlab.cli``: the same as the program ``dnetlab``."""

from dnetlab.cli import main

main()
