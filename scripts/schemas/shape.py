"""Shapes: what a schema says about a value, as nested tuples, so that equal ones are equal.

    ("any",)                          anything
    ("string", format, enum)          text; `enum` a tuple of what is allowed, empty when that is anything
    ("integer",) ("number",) ("boolean",)
    ("int-or-string",) ("quantity",)
    ("list", item, keys)              `keys` by which items are told apart, a tuple
    ("map", value)                    a mapping with any keys
    ("object", fields, open)          a mapping with these fields, and others when it is open
    ("ref", name)                     a definition

A field is `(name, mask, required, shape)`: in which minor versions of Kubernetes it is there, and in which of them it
must be set. Bit 0 is the first version. A field that changes has an entry for each of its shapes.
"""

ANY = ("any",)
TEXT = ("string", None, ())


def refs(shape):
    """The definitions that a shape names."""
    match shape:
        case ("ref", name):
            yield name
        case ("list", item, _) | ("map", item):
            yield from refs(item)
        case ("object", fields, _):
            for *_, child in fields:
                yield from refs(child)


def renamed(shape, names):
    """The same shape with other names of definitions."""
    match shape:
        case ("ref", name):
            return ("ref", names.get(name, name))
        case ("list", item, keys):
            return ("list", renamed(item, names), keys)
        case ("map", item):
            return ("map", renamed(item, names))
        case ("object", fields, is_open):
            return ("object", tuple((*field[:3], renamed(field[3], names)) for field in fields), is_open)
    return shape


def lifted(definitions):
    """The same definitions with every object a definition of its own, so that equal ones are written once."""
    found = {}

    def lift(shape, inside):
        match shape:
            case ("list", item, keys):
                return ("list", lift(item, True), keys)
            case ("map", item):
                return ("map", lift(item, True))
            case ("object", fields, is_open):
                whole = ("object", tuple((*field[:3], lift(field[3], True)) for field in fields), is_open)
                if inside:
                    name = f"#{len(found)}"
                    name = found.setdefault(whole, name)
                    return ("ref", name)
                return whole
        return shape

    named = {name: lift(shape, False) for name, shape in definitions.items()}
    named.update({name: shape for shape, name in found.items()})
    return named


def merged(definitions):
    """Definitions of which no two say the same, and the name under which each of the old ones is found.

    Two are the same until something tells them apart: recursive ones are equal when everything they lead to is.
    """
    classes = {name: 0 for name in definitions}
    while True:
        seen, following = {}, {}
        for name, shape in sorted(definitions.items()):
            key = (classes[name], renamed(shape, classes))
            following[name] = seen.setdefault(key, len(seen))
        if len(seen) == len(set(classes.values())):
            break
        classes = following
    first = {}
    for name in sorted(definitions):
        first.setdefault(classes[name], name)
    names = {name: first[of] for name, of in classes.items()}
    return {name: renamed(definitions[name], names) for name in set(names.values())}, names


def reached(definitions, roots):
    """The definitions that the roots lead to."""
    waiting, found = sorted(set(roots)), {}
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = definitions[name]
            waiting.extend(refs(definitions[name]))
    return found
