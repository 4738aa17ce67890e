"""From definitions and kinds to the bytes that `src/schema/bundle.rs` reads.

One deflate stream. Numbers are unsigned LEB128. In order: the first minor version and how many there are; a table of
strings, each with its length; the definitions, each with its length in bytes, so that a reader can leave one alone
until it is asked for; the kinds, sorted.
"""

import zlib

import shape as shapes

TAGS = {
    "any": 0, "string": 1, "integer": 2, "number": 3, "boolean": 4, "int-or-string": 5, "quantity": 6,
    "list": 7, "map": 8, "object": 9, "ref": 10,
}


def number(value):
    """LEB128."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class Strings:
    """Texts by number, the more frequent ones first."""

    def __init__(self, counts):
        self.texts = sorted(counts, key=lambda text: (-counts[text], text))
        self.numbers = {text: at for at, text in enumerate(self.texts)}

    def of(self, text):
        return number(self.numbers[text])

    def table(self):
        texts = [text.encode() for text in self.texts]
        return number(len(texts)) + b"".join(number(len(text)) + text for text in texts)


def texts(shape):
    """The strings in a shape."""
    match shape:
        case ("string", form, enum):
            yield form or ""
            yield from enum
        case ("list", item, keys):
            yield from keys
            yield from texts(item)
        case ("map", item):
            yield from texts(item)
        case ("object", fields, _):
            for name, _, _, child in fields:
                yield name
                yield from texts(child)


def encode(first, count, definitions, kinds):
    """`kinds` are `(group, version, kind, mask, definition, origin)`."""
    definitions, names = shapes.merged(shapes.lifted(definitions))
    kinds = sorted((*kind[:4], names[kind[4]], kind[5]) for kind in kinds)
    definitions = shapes.reached(definitions, [kind[4] for kind in kinds])
    order = sorted(definitions)
    at = {name: index for index, name in enumerate(order)}
    counts = {}
    for text in [text for name in order for text in texts(definitions[name])] + [
        text for kind in kinds for text in (*kind[:3], kind[5])
    ]:
        counts[text] = counts.get(text, 0) + 1
    strings = Strings(counts)
    every = (1 << count) - 1

    def listed(values):
        return number(len(values)) + b"".join(strings.of(value) for value in values)

    def encoded(shape):
        head = number(TAGS[shape[0]])
        match shape:
            case ("string", form, enum):
                return head + strings.of(form or "") + listed(enum)
            case ("list", item, keys):
                return head + listed(keys) + encoded(item)
            case ("map", item):
                return head + encoded(item)
            case ("ref", name):
                return head + number(at[name])
            case ("object", fields, is_open):
                # Most fields are in all versions and required in none: a zero each.
                body = b"".join(
                    strings.of(name) + number(mask ^ every) + number(required) + encoded(child)
                    for name, mask, required, child in sorted(fields, key=repr)
                )
                return head + number(is_open) + number(len(fields)) + body
        return head

    parts = [number(first), number(count), strings.table(), number(len(order))]
    for name in order:
        body = encoded(definitions[name])
        parts += [number(len(body)), body]
    parts.append(number(len(kinds)))
    for group, version, kind, mask, name, origin in kinds:
        texts_of = [strings.of(text) for text in (group, version, kind, origin)]
        parts += [*texts_of, number(mask ^ every), number(at[name])]
    raw = b"".join(parts)
    print(f"{len(kinds)} kinds, {len(order)} definitions, {len(strings.texts)} strings, {len(raw)} bytes")
    packed = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    # The length first, so that the reader allocates once.
    return len(raw).to_bytes(4, "little") + packed.compress(raw) + packed.flush()
