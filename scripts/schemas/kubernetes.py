"""The OpenAPI definitions of Kubernetes, all minor versions as one.

A field knows in which versions it is there. What the definitions do not say and the API server checks all the same is
in `facts.py`, as is what they say and it does not check.
"""

import facts
from shape import ANY, TEXT

PREFIX = "#/$defs/"

# Definitions that JSON carries as something else than the fields that Go has.
SPECIAL = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": ("int-or-string",),
    "io.k8s.apimachinery.pkg.api.resource.Quantity": ("quantity",),
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": ANY,
    "io.k8s.apimachinery.pkg.runtime.RawExtension": ANY,
}


# Answers and options of the API, which nobody keeps.
NO_KINDS = {"Status", "DeleteOptions", "Eviction"}


def read(versions):
    """The first minor version, how many there are, the definitions and the kinds."""
    minors = sorted(versions)
    first = minors[0]
    assert minors == list(range(first, first + len(minors)))
    entries, kinds, plain = {}, {}, {}
    for minor in minors:
        bit = 1 << (minor - first)
        for name, schema in versions[minor].items():
            shape = SPECIAL.get(name) or shape_of(schema, name)
            if shape[0] != "object":
                plain[name] = shape
                continue
            fields = entries.setdefault(name, {})
            for field, child in shape[1]:
                required = field in schema.get("required", ()) and (name.rsplit(".", 1)[1], field) not in facts.OPTIONAL
                known = fields.setdefault((field, without_keys(child)), [0, 0, child])
                known[0] |= bit
                known[1] |= bit if required else 0
                known[2] = child
            for named in schema.get("x-kubernetes-group-version-kind", ()):
                is_kind = named["kind"] not in NO_KINDS and not named["kind"].endswith("List")
                if is_kind and "metadata" in schema.get("properties", ()):
                    key = (named["group"], named["version"], named["kind"], name)
                    kinds[key] = kinds.get(key, 0) | bit
    definitions = {}
    for name, fields in entries.items():
        definitions[name] = (
            "object",
            tuple((field, mask, required, child) for (field, _), (mask, required, child) in fields.items()),
            False,
        )
    definitions.update(plain)
    origin = f"Kubernetes 1.{first} to 1.{minors[-1]}"
    named = [(*key[:3], mask, key[3], origin) for key, mask in sorted(kinds.items())]
    return first, len(minors), definitions, named


def without_keys(shape):
    """The shape without what tells the items of a list apart: that was written down later than it held."""
    return ("list", shape[1], ()) if shape[0] == "list" else shape


def shape_of(schema, name):
    """The shape of a schema; of an object, the fields without versions."""
    if "$ref" in schema:
        target = schema["$ref"].removeprefix(PREFIX)
        return SPECIAL.get(target) or ("ref", target)
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next(one for one in kind if one != "null")
    match kind:
        case "string":
            return ("string", schema.get("format"), ())
        case "integer" | "number" | "boolean":
            return (kind,)
        case "array":
            keys = tuple(schema.get("x-kubernetes-list-map-keys", ()))
            return ("list", shape_of(schema["items"], name), keys)
        case "object" if "properties" in schema:
            return ("object", tuple(field_of(name, *field) for field in schema["properties"].items()))
        case "object" if "additionalProperties" in schema:
            return ("map", shape_of(schema["additionalProperties"], name))
    return ANY


def field_of(owner, field, schema):
    """A field with its shape, and what only `facts` knows of it."""
    shape = shape_of(schema, owner)
    # A kind and its version are known before the schema is looked for.
    enum = () if field in ("apiVersion", "kind") else facts.ENUMS.get((owner.rsplit(".", 1)[1], field), ())
    match shape:
        case ("string", form, _) if enum:
            return field, ("string", form, enum)
        case ("list", item, keys) if enum and item == TEXT:
            return field, ("list", ("string", None, enum), keys)
    assert not enum, (owner, field)
    return field, shape
