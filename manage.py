#!/usr/bin/env python
"""Django's command line for the model catalog."""

from s3site.command_line import main

if __name__ == "__main__":
    main()
