"""The declarations of a `@kubernetes-models` package as shapes.

They are generated, so a small part of TypeScript is enough: interfaces and aliases, literals, unions, arrays, index
signatures, and references to other files of the package or to the types of Kubernetes.
"""

import posixpath
import re

from shape import ANY, TEXT

# Types of Kubernetes by the import that they come from; the others are found by their names.
IMPORTED = {
    "apis/meta/v1/Time": ("string", "date-time", ()),
    "apis/meta/v1/ListMeta": ANY,
    "util/intstr/IntOrString": ("int-or-string",),
    "api/resource/Quantity": ("quantity",),
    "runtime/RawExtension": ANY,
    "apiextensions.k8s.io/v1/JSON": ANY,
}
# Types that look like kinds, and of which no objects are made.
NO_KINDS = {"EmbeddedPersistentVolumeClaim", "WithTriggers"}
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_$][\w$]*|-?\d+(?:\.\d+)?|[{}()\[\]<>|&;:?,=]')


def read(package, files, every, core):
    """The definitions of a package, and the kinds among them. `core` are the definitions of Kubernetes."""
    name = package.split("@")[0]
    parsed = {path: File(text) for path, text in files.items() if not path.endswith("index.d.ts")}
    definitions, kinds = {}, []
    for path, file in sorted(parsed.items()):
        resolve = Resolver(name, path, parsed, core).resolve
        for symbol, (shape, extends) in file.types.items():
            definitions[f"{name}/{path}#{symbol}"] = finished(shape, resolve, every)
            if file.kind and file.kind[2] == symbol.removeprefix("I"):
                group, _, version = file.kind[0].rpartition("/")
                kinds.append((group, version, file.kind[1], every, f"{name}/{path}#{symbol}", package))
    for path, file in sorted(parsed.items()):
        for symbol, (shape, extends) in file.types.items():
            own = definitions[f"{name}/{path}#{symbol}"]
            resolve = Resolver(name, path, parsed, core).resolve
            for base in extends:
                base = resolve(base)
                base = definitions.get(base[1]) or core.get(base[1]) if base[0] == "ref" else None
                if base and base[0] == "object" and own[0] == "object":
                    fields = {field[0]: field for field in base[1]} | {field[0]: field for field in own[1]}
                    own = ("object", tuple(fields.values()), own[2])
                    definitions[f"{name}/{path}#{symbol}"] = own
    return definitions, kinds


class Resolver:
    """What a name means in a file."""

    def __init__(self, package, path, files, core):
        self.package, self.path, self.files, self.core = package, path, files, core

    def resolve(self, symbol):
        file = self.files[self.path]
        if symbol in file.types:
            return ("ref", f"{self.package}/{self.path}#{symbol}")
        origin = file.imports.get(symbol)
        if origin is None:
            return ANY
        if origin.startswith("."):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), origin))
            path = re.sub(r"\.js$", "", path) + ".d.ts"
            target = self.files.get(path)
            short = target and target.aliases.get(symbol, symbol)
            return ("ref", f"{self.package}/{path}#{short}") if target and short in target.types else ANY
        for tail, shape in IMPORTED.items():
            if origin.endswith(tail):
                return shape
        *_, group, version, kind = ["", "core", *origin.removeprefix("kubernetes-models/").split("/")][-3:]
        group = group.split(".")[0]
        named = [
            name
            for name in self.core
            if name.endswith(f".{version}.{kind}") and name.split(".")[-3] in (group, group or "core")
        ]
        return ("ref", named[0]) if len(named) == 1 else ANY


def finished(shape, resolve, every):
    """The shape with its names resolved; all of it is in every version."""
    match shape:
        case ("name", symbol):
            return resolve(symbol)
        case ("list", item, keys):
            return ("list", finished(item, resolve, every), keys)
        case ("map", item):
            return ("map", finished(item, resolve, every))
        case ("object", fields, is_open):
            # What makes an object one of a kind is known before its schema is looked for.
            fields = [
                (name, every, 0, TEXT)
                if name in ("apiVersion", "kind")
                else (name, every, every if required else 0, finished(child, resolve, every))
                for name, required, child in fields
            ]
            return ("object", tuple(fields), is_open)
    return shape


class File:
    """One file of declarations: its types, and where the names come from that it uses."""

    def __init__(self, text):
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        self.imports, self.aliases, self.types = {}, {}, {}
        for names, origin in re.findall(r'import \{([^}]*)\} from "([^"]*)"', text):
            for name in names.split(","):
                name, _, alias = name.strip().partition(" as ")
                self.imports[alias or name] = origin
        for names in re.findall(r"export type \{([^}]*)\};", text):
            for name in names.split(","):
                name, _, alias = name.strip().partition(" as ")
                self.aliases[alias] = name
        for match in re.finditer(r"export interface (\w+)(?: extends ([\w, ]+))? (?=\{)", text):
            shape = Parser(text[match.end() :]).shape()
            extends = [name.strip() for name in (match[2] or "").split(",") if name.strip()]
            # Without fields of its own it is what it extends.
            shape = ("object", (), False) if extends and shape == ("map", ANY) else shape
            self.types[match[1]] = (shape, extends)
        for match in re.finditer(r"export type (\w+) = ", text):
            self.types[match[1]] = (Parser(text[match.end() :]).shape(), [])
        version = re.search(r'"apiVersion": "([^"]+)"', text)
        kind = re.search(r'"kind": "(\w+)"', text)
        named = re.search(r"export declare class (\w+) extends Model", text)
        is_kind = version and kind and named and named[1].rstrip("_1") == kind[1] and not kind[1].endswith("List")
        is_kind = is_kind and kind[1] not in NO_KINDS
        self.kind = (version[1], kind[1], named[1]) if is_kind else None


class Parser:
    """A type, read from its first token on."""

    def __init__(self, text):
        self.tokens = (match[0] for match in TOKEN.finditer(text))
        self.next = next(self.tokens, None)

    def take(self, expected=None):
        token = self.next
        assert expected is None or token == expected, (token, expected)
        self.next = next(self.tokens, None)
        return token

    def shape(self):
        options = [self.intersection()]
        while self.next == "|":
            self.take()
            options.append(self.intersection())
        return union(options)

    def intersection(self):
        first = self.single()
        while self.next == "&":
            # Which of the fields exclude each other is said behind it; the fields themselves are not.
            self.take()
            self.single()
        return first

    def single(self):
        token = self.take()
        if token == "{":
            return self.braces()
        if token == "(":
            inner = self.shape()
            self.take(")")
            return inner
        if token.startswith('"'):
            return ("literal", token[1:-1])
        if token in ("string", "number", "boolean", "any", "unknown", "null", "undefined", "never"):
            shapes = {"string": TEXT, "number": ("number",), "boolean": ("boolean",), "null": ("null",)}
            return shapes.get(token, ANY)
        if token in ("true", "false"):
            return ("boolean",)
        if token.lstrip("-").replace(".", "").isdigit():
            return ("number",)
        arguments = []
        if self.next == "<":
            self.take()
            arguments.append(self.shape())
            while self.next == ",":
                self.take()
                arguments.append(self.shape())
            self.take(">")
        if self.next == "[":
            # A field of another type: the metadata, the status.
            self.take()
            self.take()
            self.take("]")
            return ANY
        if token == "Array":
            return ("list", arguments[0], ())
        return ("name", token) if not arguments else ANY

    def braces(self):
        fields, value = [], None
        while self.next != "}":
            token = self.take()
            if token == "[":
                while self.take() != "]":
                    pass
                self.take(":")
                value = self.shape()
            else:
                optional = self.next == "?"
                if optional:
                    self.take()
                self.take(":")
                fields.append((token.strip('"'), not optional, self.shape()))
            if self.next in (";", ","):
                self.take()
        self.take("}")
        if not fields:
            return ("map", value or ANY)
        return ("object", tuple(fields), value is not None)


def union(options):
    """What is one of several: literals are an enumeration."""
    options = [option for option in options if option != ("null",)]
    literals = [option[1] for option in options if option[0] == "literal"]
    if literals and len(literals) == len(options):
        return ("string", None, tuple(sorted(literals)))
    if len(options) == 1:
        return options[0]
    if {option[0] for option in options} == {"string", "number"}:
        return ("int-or-string",)
    if all(option == ("number",) for option in options):
        return ("number",)
    if all(option == ("boolean",) for option in options):
        return ("boolean",)
    return ANY
