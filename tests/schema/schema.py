"""JSON Schema (draft 2020-12), as much of it as our schemas use, and no more.

A schema with a keyword that is not known here is refused as a whole, before anything is compared
with it, so that nothing is silently passed over. Documents are read strictly: a key that comes
twice, a number that JSON does not have, octets that are not UTF-8 are errors.
"""

import json
import pathlib
import re

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DIFFERENCES_MAX = 20  # Of one document.
SHOWN_MAX = 80        # Characters of a value that is wrong.

# Keywords, and what kind of value each has in a schema.
ANNOTATIONS = {"$schema": str, "$id": str, "$comment": str, "title": str, "description": str}
ASSERTIONS = {
    "type": (str, list), "enum": list, "const": object, "pattern": str,
    "minLength": int, "maxLength": int, "minimum": (int, float), "maximum": (int, float),
    "minItems": int, "maxItems": int, "uniqueItems": bool, "minProperties": int,
    "required": list,
}
ONE_SCHEMA = ("items", "additionalProperties", "propertyNames")
NAMED_SCHEMAS = ("properties", "patternProperties", "$defs")
LISTED_SCHEMAS = ("anyOf", "allOf")
KNOWN = {*ANNOTATIONS, *ASSERTIONS, *ONE_SCHEMA, *NAMED_SCHEMAS, *LISTED_SCHEMAS, "$ref"}

TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "integer": lambda v: is_number(v) and float(v).is_integer(),
    "number": lambda v: is_number(v),
}


class Broken(Exception):
    """A schema that cannot be used, or text that is not JSON."""


class Schema:
    def __init__(self, document):
        self.document = document
        if not isinstance(document, dict) or document.get("$schema") != DIALECT:
            raise Broken(f"#: $schema is not {DIALECT}")
        for path, schema in subschemas(document):
            self.check(path, schema)

    def check(self, path, schema):
        """The schema itself: known keywords, their types, references that lead somewhere."""
        if isinstance(schema, bool):
            return
        if not isinstance(schema, dict):
            raise Broken(f"{path}: neither an object nor a truth value")
        for keyword, value in schema.items():
            if keyword not in KNOWN:
                raise Broken(f"{path}: unknown keyword {keyword}")
            wanted = ANNOTATIONS.get(keyword) or ASSERTIONS.get(keyword)
            if wanted and (not isinstance(value, wanted) or
                           (isinstance(value, bool) and wanted not in (bool, object))):
                raise Broken(f"{path}/{keyword}: {shown(value)} is not of its type")
        unknown = set(types_of(schema)) - set(TYPES)
        if unknown:
            raise Broken(f"{path}/type: unknown type {', '.join(sorted(unknown))}")
        if "$ref" in schema:
            self.follow(schema["$ref"])
        for pattern in [schema.get("pattern", ""), *schema.get("patternProperties", {})]:
            compiled(pattern)

    def follow(self, reference):
        if not isinstance(reference, str) or not reference.startswith("#/"):
            raise Broken(f"$ref {reference}: only references within the schema are known")
        found = self.document
        for part in reference[2:].split("/"):
            if not isinstance(found, dict) or part not in found:
                raise Broken(f"$ref {reference}: leads nowhere")
            found = found[part]
        return found

    def differences(self, value):
        """What is wrong with a document, as sentences; none where it is as the schema says."""
        return self.compare(self.document, value, "")[:DIFFERENCES_MAX]

    def compare(self, schema, value, at):
        if schema is True:
            return []
        if schema is False:
            return [f"{at or '.'}: may not be there"]
        found = []
        if "$ref" in schema:
            found += self.compare(self.follow(schema["$ref"]), value, at)
        found += [f"{at or '.'}: {said}" for said in wrong(schema, value)]
        for part in schema.get("allOf", []):
            found += self.compare(part, value, at)
        if "anyOf" in schema:
            found += self.compare_any(schema["anyOf"], value, at)
        if isinstance(value, dict):
            found += self.compare_members(schema, value, at)
        if isinstance(value, list) and "items" in schema:
            for i, item in enumerate(value):
                found += self.compare(schema["items"], item, f"{at}[{i}]")
        return found

    def compare_any(self, choices, value, at):
        tried = [self.compare(choice, value, at) for choice in choices]
        if not all(tried):
            return []
        return [f"{at or '.'}: {shown(value)} is none of {len(choices)} choices "
                f"(the nearest: {min(tried, key=len)[0]})"]

    def compare_members(self, schema, value, at):
        found = []
        for key, member in value.items():
            inner = f"{at}.{key}"
            if "propertyNames" in schema:
                found += self.compare(schema["propertyNames"], key, f"{inner} (its name)")
            parts = [schema["properties"][key]] if key in schema.get("properties", {}) else []
            parts += [part for pattern, part in schema.get("patternProperties", {}).items()
                      if compiled(pattern).search(key)]
            if not parts:
                parts = [schema.get("additionalProperties", True)]
            for part in parts:
                found += self.compare(part, member, inner)
        return found


def wrong(schema, value):
    """What the assertions that look at one value alone say of it."""
    types = types_of(schema)
    if types and not any(TYPES[name](value) for name in types):
        yield f"{shown(value)} is not {' or '.join(types)}"
    if "const" in schema and not same(value, schema["const"]):
        yield f"{shown(value)} is not {shown(schema['const'])}"
    if "enum" in schema and not any(same(value, one) for one in schema["enum"]):
        yield f"{shown(value)} is none of {shown(schema['enum'])}"
    if isinstance(value, str):
        yield from wrong_size(schema, len(value), "minLength", "maxLength", "characters")
        if "pattern" in schema and not compiled(schema["pattern"]).search(value):
            yield f"{shown(value)} does not match {schema['pattern']}"
    if is_number(value):
        yield from wrong_size(schema, value, "minimum", "maximum", "")
    if isinstance(value, list):
        yield from wrong_size(schema, len(value), "minItems", "maxItems", "items")
        if schema.get("uniqueItems") and any(same(a, b) for i, a in enumerate(value)
                                             for b in value[:i]):
            yield "an item comes twice"
    if isinstance(value, dict):
        yield from wrong_size(schema, len(value), "minProperties", "", "keys")
        for key in schema.get("required", []):
            if key not in value:
                yield f"{key} is missing"


def wrong_size(schema, size, least, most, unit):
    if size < schema.get(least, size):
        yield f"{size} {unit} are less than {schema[least]}"
    if size > schema.get(most, size):
        yield f"{size} {unit} are more than {schema[most]}"


def types_of(schema):
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else types


def subschemas(schema, path="#"):
    """Every schema within a schema, itself first, with where it is."""
    yield path, schema
    if not isinstance(schema, dict):
        return
    for keyword in ONE_SCHEMA:
        if keyword in schema:
            yield from subschemas(schema[keyword], f"{path}/{keyword}")
    for keyword in NAMED_SCHEMAS:
        for name, part in schema.get(keyword, {}).items():
            yield from subschemas(part, f"{path}/{keyword}/{name}")
    for keyword in LISTED_SCHEMAS:
        for i, part in enumerate(schema.get(keyword, [])):
            yield from subschemas(part, f"{path}/{keyword}/{i}")


def compiled(pattern):
    """A pattern as ECMA-262 means it where we use it: `$` is the very end of the text, and no
    pattern has one elsewhere."""
    body = pattern[:-1] if pattern.endswith("$") else pattern
    if "$" in body or "\\Z" in body or "(?" in body.replace("(?:", ""):
        raise Broken(f"pattern {pattern}: more than is known here")
    try:
        return re.compile(body + ("\\Z" if body != pattern else ""), re.ASCII)
    except re.error as error:
        raise Broken(f"pattern {pattern}: {error}") from error


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def same(a, b):
    """JSON's equality: true is not 1."""
    return isinstance(a, bool) == isinstance(b, bool) and a == b


def shown(value):
    text = json.dumps(value)
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "..."


def read(octets):
    """A JSON document from octets."""
    def once(pairs):
        keys = [key for key, _ in pairs]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise Broken(f"a key comes twice: {', '.join(sorted(twice))}")
        return dict(pairs)

    def refuse(word):
        raise Broken(f"{word} is not JSON")

    try:
        return json.loads(octets.decode("utf-8"), object_pairs_hook=once, parse_constant=refuse)
    except ValueError as error:
        raise Broken(str(error)) from error


def load(path):
    try:
        return Schema(read(pathlib.Path(path).read_bytes()))
    except Broken as error:
        raise Broken(f"{path}: {error}") from error
