"""What the tests of the command line share: how it ends, and the program under test, which --emnebank names."""

import argparse
import sys
import unittest

DONE, REFUSED, USAGE, AWAY, PARTLY = range(5)
PROGRAM = None


def main(what):
    global PROGRAM
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--emnebank", required=True)
    options, rest = parser.parse_known_args()
    PROGRAM = options.emnebank
    unittest.main(argv=[sys.argv[0], *rest])
