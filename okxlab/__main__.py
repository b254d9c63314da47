"""`python -m okxlab` is the okxlab command."""

from okxlab.cli import main

main()
