#!/usr/bin/env python
"""Django's command line, with Pulse's flags and settings read before Django starts."""

import sys

from pulse_project.core.boot import main

if __name__ == "__main__":
    sys.exit(main(sys.argv))
