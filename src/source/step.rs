//! Render steps: how a value that is not written in its object's own file came to be there.

use super::Span;

/// Index of a [`Step`] in its [`SourceMap`](super::SourceMap). [`StepId::PARSED`] means "written here".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct StepId(pub u32);

impl StepId {
    /// The value stands where it was read: no step has touched it.
    pub const PARSED: StepId = StepId(0);
}

/// What a step did, in the words of Kustomize and Helm.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StepKind {
    /// A strategic merge or JSON 6902 patch set the value.
    Patch,
    /// A patch removed the value.
    Remove,
    /// `namespace` set or renamed a namespace.
    Namespace,
    /// `namePrefix` or `nameSuffix` extended a name.
    NameAffix,
    /// `labels` or `commonLabels` set a label or a selector.
    Labels,
    /// `commonAnnotations` set an annotation.
    Annotations,
    /// An `images:` entry rewrote an image reference.
    Images,
    /// A `replicas:` entry set a count.
    Replicas,
    /// `configMapGenerator` or `secretGenerator` made the object.
    Generator,
    /// The content of a generated object was hashed into its name.
    Hash,
    /// A reference followed the object it names.
    NameReference,
    /// A `replacements:` entry copied a value from another field.
    Replacement,
    /// `$(NAME)` was replaced by the value of a `vars:` entry.
    Variable,
    /// A built-in generator or transformer named under `generators:` or `transformers:` set the value.
    Transformer,
    /// `buildMetadata` added it.
    BuildMetadata,
    /// `postBuild` of a Flux Kustomization put the value of a variable in.
    Substitution,
    /// An ApplicationSet filled in the value.
    ApplicationSet,
    /// A template of a chart printed the value.
    Template,
    /// Values of a chart replaced others.
    Values,
    /// A condition of a template left a field out.
    LeftOut,
}

impl StepKind {
    /// The step as `render --origins` and its JSON name it.
    pub const fn name(self) -> &'static str {
        match self {
            StepKind::Patch => "patch",
            StepKind::Remove => "remove",
            StepKind::Namespace => "namespace",
            StepKind::NameAffix => "name-affix",
            StepKind::Labels => "labels",
            StepKind::Annotations => "annotations",
            StepKind::Images => "images",
            StepKind::Replicas => "replicas",
            StepKind::Generator => "generator",
            StepKind::Hash => "hash",
            StepKind::NameReference => "name-reference",
            StepKind::Replacement => "replacement",
            StepKind::Variable => "variable",
            StepKind::Transformer => "transformer",
            StepKind::BuildMetadata => "build-metadata",
            StepKind::Substitution => "substitution",
            StepKind::ApplicationSet => "application-set",
            StepKind::Template => "template",
            StepKind::Values => "values",
            StepKind::LeftOut => "left-out",
        }
    }

    /// How a report names the step, as in "set by the patch here".
    pub const fn describe(self) -> &'static str {
        match self {
            StepKind::Patch => "set by this patch",
            StepKind::Remove => "removed by this patch",
            StepKind::Namespace => "namespace set here",
            StepKind::NameAffix => "name extended here",
            StepKind::Labels => "labels set here",
            StepKind::Annotations => "annotations set here",
            StepKind::Images => "image set here",
            StepKind::Replicas => "replicas set here",
            StepKind::Generator => "generated here",
            StepKind::Hash => "content hash added to the name here",
            StepKind::NameReference => "follows the name of this object",
            StepKind::Replacement => "copied by this replacement",
            StepKind::Variable => "filled in by this variable",
            StepKind::Transformer => "set by this transformer",
            StepKind::BuildMetadata => "added by buildMetadata",
            StepKind::Substitution => "filled in by Flux with this",
            StepKind::ApplicationSet => "filled in by this ApplicationSet",
            StepKind::Template => "printed by this template",
            StepKind::Values => "set by these values",
            StepKind::LeftOut => "left out by this template",
        }
    }
}

/// What an input was to the step that read it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum InputRole {
    /// The text of the result, or part of it, was written there.
    Value,
    /// The value that the step replaced.
    Replaced,
    /// It decided that the step touches this value, or what it makes of it: a target's selector, the content that is
    /// hashed. Reports do not show it.
    Control,
    /// A field that the step left out of the mapping: its name stands there, and the step of the input
    /// ([`StepKind::LeftOut`]) knows the value that decided it.
    LeftOut,
}

/// A place that a step read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Input {
    /// Where it stands.
    pub span: Span,
    /// The step that had put it there; [`StepId::PARSED`] when it was read there.
    pub step: StepId,
    /// What it was to the step.
    pub role: InputRole,
}

impl Input {
    /// An input that the result's text comes from.
    pub const fn value(span: Span, step: StepId) -> Self {
        Self { span, step, role: InputRole::Value }
    }

    /// The value that was there before.
    pub const fn replaced(span: Span, step: StepId) -> Self {
        Self { span, step, role: InputRole::Replaced }
    }

    /// A field that is not there.
    pub const fn left_out(name: Span, step: StepId) -> Self {
        Self { span: name, step, role: InputRole::LeftOut }
    }

    /// An input that decided about the result.
    pub const fn control(span: Span, step: StepId) -> Self {
        Self { span, step, role: InputRole::Control }
    }
}

/// One transformation of one value. Steps form chains, newest first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// What was done.
    pub what: StepKind,
    /// The configuration that asked for it: the `patches:` item, the `images:` entry, the deleting patch.
    pub entry: Span,
    /// What was read; the first [`InputRole::Value`] is where a person edits the result.
    pub inputs: Box<[Input]>,
    /// The step that had made the value before.
    pub previous: StepId,
}
