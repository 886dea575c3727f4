#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks a JSON file against a schema.

    validate.py SCHEMA FILE

Status: 0 it fits; 1 it does not, and each place is named; 2 one of the files cannot be read.
"""

import json
import sys

try:
    import jsonschema
except ImportError:
    print("validate.py: needs jsonschema: apt-get install python3-jsonschema", file=sys.stderr)
    sys.exit(2)


def refuse_constant(name):
    """Python accepts NaN and Infinity, which are not JSON."""
    raise ValueError(f"{name} is not JSON")


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file, parse_constant=refuse_constant)
    except (OSError, ValueError) as error:
        print(f"validate.py: {path}: {error}", file=sys.stderr)
        sys.exit(2)


def main():
    if len(sys.argv) != 3:
        print(__doc__.strip(), file=sys.stderr)
        sys.exit(2)
    schema, document = load(sys.argv[1]), load(sys.argv[2])
    jsonschema.Draft7Validator.check_schema(schema)
    errors = list(jsonschema.Draft7Validator(schema).iter_errors(document))
    for error in errors:
        place = "/".join(str(step) for step in error.absolute_path)
        print(f"{sys.argv[2]}: /{place}: {error.message}", file=sys.stderr)
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
