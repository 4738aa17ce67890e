//! HCL 2 as conftest has it from hcl2json: blocks are lists under their labels, and what is no literal is a text `${…}`.
//!
//! Read by hcl-edit, which is maintained, bounds its nesting, and can write every expression back as it stood.

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, ObjectKey, UnaryOperator};
use hcl_edit::parser::parse_body;
use hcl_edit::structure::{Block, Body};
use hcl_edit::template::{Element, Template};

use crate::rego::Value;

/// What a block or a body becomes, while blocks of one name are still gathered.
#[derive(Default)]
struct Gathered {
    fields: BTreeMap<String, Field>,
}

enum Field {
    Labels(Gathered),
    Bodies(Vec<Value>),
    Attribute(Value),
}

pub(super) fn read(text: &str) -> Result<Value, String> {
    let body = parse_body(text).map_err(|error| {
        let location = error.location();
        format!("line {}: {}", location.line(), error.message().replace('\n', ", "))
    })?;
    gathered(&body).map(Gathered::value)
}

fn gathered(body: &Body) -> Result<Gathered, String> {
    let mut all = Gathered::default();
    for block in body.blocks() {
        all.add(block)?;
    }
    for attribute in body.attributes() {
        all.fields
            .insert(attribute.key.to_string().trim().to_owned(), Field::Attribute(value(&attribute.value)));
    }
    Ok(all)
}

impl Gathered {
    fn add(&mut self, block: &Block) -> Result<(), String> {
        let mut at = self;
        let mut name = block.ident.as_str();
        for label in &block.labels {
            let field =
                at.fields.entry(name.to_owned()).or_insert_with(|| Field::Labels(Gathered::default()));
            let Field::Labels(inner) = field else {
                return Err(format!("blocks `{name}` have labels and have none"));
            };
            (at, name) = (inner, label.as_str());
        }
        let body = gathered(&block.body)?.value();
        match at.fields.entry(name.to_owned()).or_insert_with(|| Field::Bodies(Vec::new())) {
            Field::Bodies(bodies) => bodies.push(body),
            _ => return Err(format!("blocks `{name}` have labels and have none")),
        }
        Ok(())
    }

    fn value(self) -> Value {
        let field = |(name, field): (String, Field)| {
            let value = match field {
                Field::Labels(inner) => inner.value(),
                Field::Bodies(bodies) => bodies.into(),
                Field::Attribute(value) => value,
            };
            (Value::from(name), value)
        };
        self.fields.into_iter().map(field).collect::<BTreeMap<_, _>>().into()
    }
}

fn value(expression: &Expression) -> Value {
    match expression {
        Expression::Null(_) => Value::Null,
        Expression::Bool(bool) => (*bool.value()).into(),
        Expression::Number(number) => number_value(number.value().as_i64(), number.value().as_f64()),
        Expression::String(text) => text.as_str().into(),
        Expression::StringTemplate(template) => template_text(template.iter()).into(),
        Expression::HeredocTemplate(heredoc) => {
            let mut heredoc = heredoc.clone();
            heredoc.dedent();
            template_text(heredoc.template.iter()).into()
        }
        Expression::Array(items) => items.iter().map(value).collect::<Vec<Value>>().into(),
        Expression::Object(object) => {
            let fields = object.iter().map(|(key, field)| (Value::from(key_text(key)), value(field.expr())));
            fields.collect::<BTreeMap<_, _>>().into()
        }
        Expression::UnaryOp(operation) if *operation.operator.value() == UnaryOperator::Neg => {
            match &operation.expr {
                Expression::Number(number) => {
                    let number = number.value();
                    number_value(number.as_i64().map(|n| -n), number.as_f64().map(|n| -n))
                }
                _ => written(expression).into(),
            }
        }
        _ => written(expression).into(),
    }
}

fn number_value(int: Option<i64>, float: Option<f64>) -> Value {
    int.map(Value::from).or(float.map(Value::from)).unwrap_or(Value::Null)
}

fn written(expression: &Expression) -> String {
    format!("${{{}}}", expression.to_string().trim())
}

fn key_text(key: &ObjectKey) -> String {
    match key {
        ObjectKey::Ident(name) => name.as_str().to_owned(),
        ObjectKey::Expression(Expression::String(text)) => text.as_str().to_owned(),
        ObjectKey::Expression(Expression::StringTemplate(template)) => template_text(template.iter()),
        ObjectKey::Expression(expression) => written(expression),
    }
}

fn template_text<'t>(elements: impl Iterator<Item = &'t Element>) -> String {
    let text = |element: &Element| match element {
        Element::Literal(text) => text.as_str().to_owned(),
        other => Template::from_iter([other.clone()]).to_string(),
    };
    elements.map(text).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Format, tests::reads};

    #[test]
    fn blocks_attributes_and_expressions() {
        let text = r#"
            resource "a" "x" {
              n = -1
              s = "p-${var.q}"
              e = max(1, 2)
              l = [true, null, 1.5]
              o = { k = "v", "q" = var.z }
              rule { a = 1 }
              rule { a = 2 }
              h = <<-EOF
                text ${x.y}
                EOF
            }
            resource "a" "x" {}
            locals { c = var.a ? 1 : 0 }
        "#;
        reads(
            Format::Hcl,
            text,
            r#"{"resource": {"a": {"x": [{"n": -1, "s": "p-${var.q}", "e": "${max(1, 2)}", "l": [true, null, 1.5],
                 "o": {"k": "v", "q": "${var.z}"}, "rule": [{"a": 1}, {"a": 2}], "h": "text ${x.y}\n"}, {}]}},
                "locals": [{"c": "${var.a ? 1 : 0}"}]}"#,
        );
        assert!(Format::Hcl.read("a = \n").unwrap_err().starts_with("line "));
        assert!(Format::Hcl.read("a \"x\" {}\na {}\n").is_err());
    }
}
