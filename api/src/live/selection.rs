//! Selections: the fields that a subscription requests of each item, in a canonical form.
//!
//! The canonical form omits the arguments of `events` and everything that does not affect the result (white space,
//! fragment order, unused variables), so that clients of one kind share one subscription group. It may be as long as
//! the document, so only its digest is kept.

use std::collections::BTreeSet;
use std::fmt::Write;

use async_graphql::parser::types::{
    ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType, Selection as Node, SelectionSet,
};
use async_graphql::{Name, Positioned, Value, Variables};
use sha2::{Digest, Sha256};
use strum::EnumString;

use crate::ground::error::{Error, Result};

/// The root field of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "camelCase")]
pub enum Root {
    Events,
    Presence,
    SearchMatches,
}

/// The digest of a canonical form. Equal for selections with equal results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// Returns the key of a canonical form.
    pub fn from_form(form: &str) -> Self {
        Self(Sha256::digest(form).into())
    }
}

/// The parsed selection of a subscription document.
#[derive(Debug)]
pub struct Selection {
    /// The subscription field.
    pub root: Root,
    /// The key of its canonical form.
    pub key: Key,
    /// The arguments of the root field, with variables substituted.
    pub arguments: Vec<(String, Value)>,
}

/// Parses the selection of the operation to execute.
///
/// # Errors
/// Returns `BAD_USER_INPUT` if the operation is not one of the subscriptions.
pub fn read(document: &ExecutableDocument, operation_name: Option<&str>, variables: &Variables) -> Result<Selection> {
    let invalid = |message: &str| Error::invalid("events", message);
    let operation = operation(document, operation_name)
        .ok_or_else(|| invalid("The document has no such operation. Set operationName."))?;
    if operation.ty != OperationType::Subscription {
        return Err(invalid("Expected a subscription operation."));
    }
    let reader = Reader { document, operation, variables };
    let mut roots = Vec::new();
    reader.collect_fields(&operation.selection_set.node, &mut BTreeSet::new(), &mut roots)?;
    let [root] = roots.as_slice() else { return Err(invalid("A subscription must select exactly one field.")) };
    let kind: Root = (root.name.node.parse())
        .map_err(|_| invalid("Unknown subscription: expected events, presence or searchMatches."))?;
    let mut form = format!("{}:", root.response_key().node);
    reader.write_directives(&mut form, &root.directives);
    reader.write(&mut form, &root.selection_set.node)?;
    let arguments = root.arguments.iter().map(|(name, value)| (name.node.to_string(), reader.value(&value.node)));
    Ok(Selection { root: kind, key: Key::from_form(&form), arguments: arguments.collect() })
}

fn operation<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    let mut operations = document.operations.iter();
    match name {
        Some(name) => operations
            .find(|(candidate, _)| candidate.is_some_and(|candidate| candidate == name))
            .map(|(_, definition)| &definition.node),
        None => operations.next().map(|(_, definition)| &definition.node),
    }
}

struct Reader<'a> {
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
}

impl Reader<'_> {
    /// Collects the fields of a set, including those in fragments.
    fn collect_fields<'a>(
        &'a self,
        set: &'a SelectionSet,
        open: &mut BTreeSet<&'a str>,
        fields: &mut Vec<&'a Field>,
    ) -> Result<()> {
        for item in &set.items {
            match &item.node {
                Node::Field(field) => fields.push(&field.node),
                Node::InlineFragment(inline) => {
                    self.collect_fields(&inline.node.selection_set.node, open, fields)?;
                }
                Node::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    if open.insert(name) {
                        self.collect_fields(&self.fragment(name)?.selection_set.node, open, fields)?;
                        open.remove(name);
                    }
                }
            }
        }
        Ok(())
    }

    fn fragment(&self, name: &str) -> Result<&FragmentDefinition> {
        let fragment = self.document.fragments.get(name).map(|fragment| &fragment.node);
        fragment.ok_or_else(|| Error::invalid("events", format!("Unknown fragment: {name}.")))
    }

    fn write(&self, out: &mut String, set: &SelectionSet) -> Result<()> {
        out.push('{');
        for item in &set.items {
            match &item.node {
                Node::Field(field) => self.write_field(out, &field.node)?,
                Node::InlineFragment(inline) => {
                    let on =
                        inline.node.type_condition.as_ref().map_or("", |condition| condition.node.on.node.as_str());
                    let _ = write!(out, "...{on}");
                    self.write_directives(out, &inline.node.directives);
                    self.write(out, &inline.node.selection_set.node)?;
                }
                Node::FragmentSpread(spread) => {
                    let fragment = self.fragment(spread.node.fragment_name.node.as_str())?;
                    let _ = write!(out, "...{}", fragment.type_condition.node.on.node);
                    self.write_directives(out, &spread.node.directives);
                    self.write(out, &fragment.selection_set.node)?;
                }
            }
            out.push(' ');
        }
        out.push('}');
        Ok(())
    }

    fn write_field(&self, out: &mut String, field: &Field) -> Result<()> {
        let _ = write!(out, "{}:{}", field.response_key().node, field.name.node);
        self.write_arguments(out, &field.arguments);
        self.write_directives(out, &field.directives);
        if field.selection_set.node.items.is_empty() { Ok(()) } else { self.write(out, &field.selection_set.node) }
    }

    fn write_arguments(
        &self,
        out: &mut String,
        arguments: &[(Positioned<Name>, Positioned<async_graphql_value::Value>)],
    ) {
        for (name, value) in arguments {
            let _ = write!(out, "({}={})", name.node, self.value(&value.node));
        }
    }

    fn write_directives(&self, out: &mut String, directives: &[Positioned<async_graphql::parser::types::Directive>]) {
        for directive in directives {
            let _ = write!(out, "@{}", directive.node.name.node);
            self.write_arguments(out, &directive.node.arguments);
        }
    }

    /// Substitutes variables in a value. A missing variable takes its default, or null.
    fn value(&self, value: &async_graphql_value::Value) -> Value {
        let substitute = |name: Name| -> Result<Value, std::convert::Infallible> {
            let supplied = self.variables.get(&name).cloned();
            let declared = || {
                let mut definitions = self.operation.variable_definitions.iter();
                let matching = definitions.find(|definition| definition.node.name.node == name);
                matching.and_then(|definition| definition.node.default_value.as_ref()).map(|value| value.node.clone())
            };
            Ok(supplied.or_else(declared).unwrap_or(Value::Null))
        };
        match value.clone().into_const_with(substitute) {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }
}
