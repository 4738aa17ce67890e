"""Structs of a crate that `kopium` generated from CustomResourceDefinitions, as shapes.

They are one version of each project, and a later one takes more words, so enumerations are text.
"""

import re

from shape import ANY, TEXT

SIMPLE = {
    "String": TEXT,
    "bool": ("boolean",),
    "i32": ("integer",),
    "i64": ("integer",),
    "f64": ("number",),
    "IntOrString": ("int-or-string",),
}
KIND = re.compile(r'#\[kube\(group = "([^"]+)", version = "([^"]+)", kind = "([^"]+)"')
STRUCT = re.compile(r"^pub struct (\w+) \{\n(.*?)^\}", re.S | re.M)
FIELD = re.compile(r'(?:#\[serde\((?:[^\]]*?rename = "([^"]+)")?[^\]]*\)\]\s+)?pub (?:r#)?(\w+): ([^\n]+),')


def read(package, files, every, core):
    """The definitions of some files of a crate, and the kinds among them. `core` are the definitions of Kubernetes."""
    definitions, kinds = {}, []
    metadata = next(name for name in core if name.endswith(".meta.v1.ObjectMeta"))
    for path, text in sorted(files.items()):
        text = re.sub(r"^\s*///.*\n", "", text, flags=re.M)
        structs = dict(STRUCT.findall(text))
        for name, body in structs.items():
            fields = []
            for rename, field, declared in FIELD.findall(body):
                optional = declared.startswith("Option<")
                child = shape(declared, f"{package}/{path}#", structs)
                fields.append((rename or field, every, 0 if optional else every, child))
            definitions[f"{package}/{path}#{name}"] = ("object", tuple(fields), False)
        group, version, kind = KIND.search(text).groups()
        parts = [
            ("apiVersion", 0, TEXT),
            ("kind", 0, TEXT),
            ("metadata", 0, ("ref", metadata)),
            ("spec", every, ("ref", f"{package}/{path}#{kind}Spec")),
            ("status", 0, ANY),
        ]
        fields = tuple((name, every, required, child) for name, required, child in parts)
        definitions[f"{package}/{path}#{kind}"] = ("object", fields, False)
        kinds.append((group, version, kind, every, f"{package}/{path}#{kind}", package))
    return definitions, kinds


def shape(declared, prefix, structs):
    """What a type says."""
    generic = re.fullmatch(r"(Option|Vec|BTreeMap)<(?:String, )?(.*)>", declared)
    if generic:
        inner = shape(generic[2], prefix, structs)
        return {"Option": inner, "Vec": ("list", inner, ()), "BTreeMap": ("map", inner)}[generic[1]]
    if declared in structs:
        return ("ref", prefix + declared)
    # What is neither is an enumeration, or anything.
    return SIMPLE.get(declared, ANY)
