"""python -m wgan_gp: the command line."""

import sys

from wgan_gp.cli import main

if __name__ == "__main__":
    sys.exit(main())
