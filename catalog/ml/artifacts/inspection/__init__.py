"""What an uploaded model's file is and holds, found out without trusting it.

`formats` looks at names and first bytes; `child` does everything else in a process of its own with limits.
"""
