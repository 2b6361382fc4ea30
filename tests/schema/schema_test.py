#!/usr/bin/env python3
"""The validator itself: what it must refuse, what it must accept, and which schemas it must not take.

usage: schema_test.py
Prints a line for each thing that is not so, and a closing line of counts.
"""

import sys

sys.dont_write_bytecode = True  # Nothing of the module beside this file is to be left in the tree.

import schema  # noqa: E402

# Schema, documents that it takes, documents that it refuses with what is said of each.
CASES = [
    ({"type": "object"}, [{}, {"a": 1}], {"[]": "is not object", "null": "is not object"}),
    ({"type": "string"}, ["", "x"], {"1": "is not string", "null": "is not string"}),
    ({"type": "integer"}, [0, -5, 2 ** 63, 1.0],
     {"true": "is not integer", "1.5": "is not integer", '"1"': "is not integer"}),
    ({"type": "number"}, [0, 1.5], {"true": "is not number", "null": "is not number"}),
    ({"type": "boolean"}, [True, False], {"1": "is not boolean", "0": "is not boolean"}),
    ({"type": ["string", "null"]}, ["x", None], {"1": "is not string or null"}),
    ({"enum": ["a", 1, None]}, ["a", 1, None], {'"b"': "is none of", "true": "is none of"}),
    ({"const": 2004}, [2004], {"2003": "is not 2004", '"2004"': "is not 2004"}),
    ({"const": False}, [False], {"0": "is not false", "null": "is not false"}),
    ({"pattern": "^[0-9a-f]{4}$"}, ["00ff", 7],
     {'"00FF"': "does not match", '"00ff0"': "does not match", '"00ff\\n"': "does not match"}),
    ({"pattern": "b"}, ["abc"], {'"ac"': "does not match"}),
    ({"pattern": "^\\d$"}, ["5"], {'"\\u0665"': "does not match"}),
    ({"minLength": 1, "maxLength": 2}, ["a", "ab"], {'""': "less than 1", '"abc"': "more than 2"}),
    ({"minimum": 0, "maximum": 100}, [0, 100, True], {"-1": "less than 0", "101": "more than 100"}),
    ({"minItems": 1, "maxItems": 2}, [[1], [1, 2]],
     {"[]": "less than 1", "[1,2,3]": "more than 2"}),
    ({"uniqueItems": True}, [[1, True], []], {"[1,1]": "comes twice", '[{"a":1},{"a":1}]': "twice"}),
    ({"items": {"type": "string"}}, [["a"], []], {'["a",1]': "[1]: 1 is not string"}),
    ({"minProperties": 1}, [{"a": 1}], {"{}": "less than 1"}),
    ({"required": ["a", "b"]}, [{"a": 1, "b": None}, []], {'{"a":1}': "b is missing"}),
    ({"properties": {"a": {"type": "string"}}}, [{"a": "x"}, {}, {"b": 1}],
     {'{"a":1}': ".a: 1 is not string"}),
    ({"properties": {"a": True}, "additionalProperties": False}, [{"a": 1}, {}],
     {'{"a":1,"b":2}': ".b: may not be there"}),
    ({"additionalProperties": {"type": "integer"}}, [{"a": 1}], {'{"a":"x"}': ".a: \"x\" is not"}),
    ({"patternProperties": {"^x_": {"type": "integer"}}, "additionalProperties": False},
     [{"x_a": 1}], {'{"x_a":"1"}': ".x_a: \"1\" is not", '{"y":1}': ".y: may not"}),
    ({"propertyNames": {"pattern": "^[a-z]+$"}}, [{"abc": 1}], {'{"A":1}': "does not match"}),
    ({"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 1}]}, ["a", 1],
     {"0": "is none of 2 choices", "null": "is none of 2 choices"}),
    ({"anyOf": [{"required": ["pid"]}, {"required": ["uid"]}]}, [{"pid": 1}, {"uid": 1}],
     {"{}": "pid is missing"}),
    ({"allOf": [{"required": ["a"]}, {"required": ["b"]}]}, [{"a": 1, "b": 1}],
     {'{"a":1}': "b is missing", '{"b":1}': "a is missing"}),
    ({"$defs": {"word": {"type": "string"}}, "items": {"$ref": "#/$defs/word"}}, [["a"]],
     {"[1]": "[0]: 1 is not string"}),
    # What stands beside a reference counts too.
    ({"$defs": {"word": {"type": "string"}}, "items": {"$ref": "#/$defs/word", "minLength": 2}},
     [["ab"]], {'["a"]': "less than 2", "[1]": "is not string"}),
    # A schema that holds itself.
    ({"$defs": {"tree": {"type": "object", "additionalProperties": {"$ref": "#/$defs/tree"}}},
      "$ref": "#/$defs/tree"}, [{"a": {"b": {}}}], {'{"a":{"b":1}}': ".a.b: 1 is not object"}),
]

# Schemas that cannot be used, wherever in the schema the fault is.
BROKEN = [
    ({"format": "date-time"}, "unknown keyword format"),
    ({"properties": {"a": {"requierd": ["b"]}}}, "#/properties/a: unknown keyword requierd"),
    ({"$defs": {"a": {"items": {"oneOf": []}}}}, "#/$defs/a/items: unknown keyword oneOf"),
    ({"anyOf": [{"not": {}}]}, "#/anyOf/0: unknown keyword not"),
    ({"patternProperties": {"^a": {"if": {}}}}, "unknown keyword if"),
    ({"type": "text"}, "unknown type text"),
    ({"type": 1}, "is not of its type"),
    ({"required": "a"}, "is not of its type"),
    ({"minimum": True}, "is not of its type"),
    ({"minItems": True}, "is not of its type"),
    ({"items": 1}, "neither an object nor a truth value"),
    ({"pattern": "("}, "pattern ("),
    ({"pattern": "a$|b"}, "more than is known here"),
    ({"pattern": "(?i)a"}, "more than is known here"),
    ({"patternProperties": {"(?=a)": True}}, "more than is known here"),
    ({"$ref": "#/$defs/none"}, "leads nowhere"),
    ({"items": {"$ref": "other.json"}}, "only references within the schema"),
]

NOT_JSON = [b'{"a":1,"a":2}', b'{"a":{"b":1,"b":1}}', b"[NaN]", b"[Infinity]", b'["\xff"]', b"{",
            b"", b"{} {}", b'{"a":1,}', b'["\x01"]']


def main():
    failed = []
    checked = 0
    for body, good, bad in CASES:
        checker = schema.Schema({"$schema": schema.DIALECT, **body})
        for value in good:
            found = checker.differences(value)
            checked += 1
            if found:
                failed.append(f"{body} refuses {value}: {found}")
        for text, said in bad.items():
            found = checker.differences(schema.read(text.encode()))
            checked += 1
            if not any(said in one for one in found):
                failed.append(f'{body} says of {text} not "{said}" but {found}')
    for body, said in BROKEN:
        checked += 1
        failed += refused(lambda body=body: schema.Schema({"$schema": schema.DIALECT, **body}),
                          body, said)
    for dialect in ({}, {"$schema": "http://json-schema.org/draft-07/schema#"}):
        checked += 1
        failed += refused(lambda dialect=dialect: schema.Schema(dialect), dialect, "$schema is not")
    for octets in NOT_JSON:
        checked += 1
        failed += refused(lambda octets=octets: schema.read(octets), octets, "")
    for line in failed:
        print(f"FAIL {line}")
    print(f"{checked - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def refused(make, what, said):
    try:
        make()
    except schema.Broken as error:
        return [] if said in str(error) else [f'{what}: not "{said}" but "{error}"']
    return [f"{what} is taken"]


if __name__ == "__main__":
    sys.exit(main())
