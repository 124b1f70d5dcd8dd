//! What a parsed document costs once its fragments are written out.
//!
//! Promises: time linear in the document, because each fragment is measured once; recursion no
//! deeper than [`MOST_NESTED`], because a deeper document is refused on the way down; a fragment that
//! spreads itself is refused. The library walks fragments anew at each spread, so nothing may reach
//! it before this has measured it.

use std::collections::HashMap;

use async_graphql::Positioned;
use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
};
use async_graphql_value::Value;

use super::lengths::{self, Taken};
use crate::http::refusal::Refusal;

/// Selections inside of each other, fragments written out.
pub(super) const MOST_NESTED: u64 = 32;
/// Fields and fragments, all written out. Fragments count too: a fan of fragments without fields costs
/// the library as much to walk.
pub(super) const MOST_SELECTIONS: u64 = 4_000;
/// Lists of introspection inside of each other: each multiplies the answer by all fields of a type.
const MOST_INTROSPECTION: u64 = 1;
/// Selections below `__schema` and `__type`, of which each is answered for all types. The query that
/// every tool sends comes to 320.
pub(super) const MOST_INTROSPECTED: u64 = 500;
/// What a list of introspection counts for among them.
const LIST: u64 = 20;

/// What a selection comes to, fragments written out.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Measure {
    pub selections: u64,
    pub nested: u64,
    /// Lists of types or fields inside of each other.
    pub introspection: u64,
    /// How often there is such a list at all.
    lists: u64,
    /// Selections below `__schema` and `__type`, lists counting more.
    pub introspected: u64,
    /// Places where a variable is used; each makes a copy of its value.
    pub uses: u64,
}

/// A walk over one document.
pub(super) struct Walk<'a> {
    document: &'a ExecutableDocument,
    /// `None` while the fragment is being measured.
    fragments: HashMap<&'a str, Option<Measure>>,
    /// As written, over the whole document.
    pub aliases: u64,
    pub directives: u64,
    /// Which variables are taken where.
    pub taken: Vec<Taken>,
}

impl<'a> Walk<'a> {
    pub fn new(document: &'a ExecutableDocument) -> Self {
        Self { document, fragments: HashMap::new(), aliases: 0, directives: 0, taken: Vec::new() }
    }

    /// Measures one operation.
    pub fn operation(&mut self, operation: &'a OperationDefinition) -> Result<Measure, Refusal> {
        let uses = self.directives(&operation.directives);
        for variable in &operation.variable_definitions {
            self.directives(&variable.node.directives);
        }
        let mut measure = self.selections(&operation.selection_set.node, 0)?;
        measure.uses = measure.uses.saturating_add(uses);
        Ok(measure)
    }

    /// Measures a fragment that no operation uses too: validation walks it all the same.
    pub fn fragment(&mut self, name: &'a str, level: u64) -> Result<Measure, Refusal> {
        match self.fragments.get(name) {
            Some(Some(measure)) => return Ok(*measure),
            Some(None) => return Err(cycle(name)),
            None => {}
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Measure::default());
        };
        self.fragments.insert(name, None);
        let uses = self.directives(&fragment.node.directives);
        let mut measure = self.selections(&fragment.node.selection_set.node, level)?;
        measure.uses = measure.uses.saturating_add(uses);
        self.fragments.insert(name, Some(measure));
        Ok(measure)
    }

    fn selections(&mut self, set: &'a SelectionSet, level: u64) -> Result<Measure, Refusal> {
        let mut sum = Measure::default();
        if level > MOST_NESTED {
            return Err(Refusal::limit("nested selections", MOST_NESTED, level));
        }
        for selection in &set.items {
            let part = match &selection.node {
                Selection::Field(field) => self.field(&field.node, level)?,
                Selection::InlineFragment(inline) => {
                    let uses = self.directives(&inline.node.directives);
                    let inner = self.selections(&inline.node.selection_set.node, level + 1)?;
                    nest(inner, uses)
                }
                Selection::FragmentSpread(spread) => {
                    let uses = self.directives(&spread.node.directives);
                    let inner = self.fragment(&spread.node.fragment_name.node, level + 1)?;
                    nest(inner, uses)
                }
            };
            sum.selections = sum.selections.saturating_add(part.selections).saturating_add(1);
            sum.uses = sum.uses.saturating_add(part.uses);
            sum.lists = sum.lists.saturating_add(part.lists);
            sum.introspected = sum.introspected.saturating_add(part.introspected);
            sum.nested = sum.nested.max(part.nested);
            sum.introspection = sum.introspection.max(part.introspection);
        }
        // A fragment measured at a shallow place may be spread at a deep one.
        let nested = level.saturating_add(sum.nested);
        if nested > MOST_NESTED {
            return Err(Refusal::limit("nested selections", MOST_NESTED, nested));
        }
        if sum.selections > MOST_SELECTIONS {
            return Err(Refusal::limit("selections with its fragments written out", MOST_SELECTIONS, sum.selections));
        }
        Ok(sum)
    }

    fn field(&mut self, field: &'a Field, level: u64) -> Result<Measure, Refusal> {
        self.aliases += u64::from(field.alias.is_some());
        let mut uses = self.directives(&field.directives);
        for (name, value) in &field.arguments {
            uses = uses.saturating_add(variables_in(&value.node));
            lengths::check_literal(&name.node, &value.node, &mut self.taken)?;
        }
        let mut measure = Measure::default();
        if !field.selection_set.node.items.is_empty() {
            measure = nest(self.selections(&field.selection_set.node, level + 1)?, 0);
        }
        measure.uses = measure.uses.saturating_add(uses);
        match field.name.node.as_str() {
            "fields" | "interfaces" | "possibleTypes" | "inputFields" => {
                measure.introspection += 1;
                measure.lists = measure.lists.saturating_add(1);
            }
            "__schema" | "__type" => {
                let most = MOST_INTROSPECTION;
                if measure.introspection > most {
                    let what = "introspection lists inside of each other";
                    return Err(Refusal::limit(what, most, measure.introspection));
                }
                let lists = measure.lists.saturating_mul(LIST);
                measure.introspected = measure.selections.saturating_add(lists);
            }
            _ => {}
        }
        Ok(measure)
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) -> u64 {
        self.directives += directives.len() as u64;
        directives
            .iter()
            .flat_map(|directive| &directive.node.arguments)
            .fold(0, |uses, (_, value)| uses + variables_in(&value.node))
    }
}

fn nest(inner: Measure, uses: u64) -> Measure {
    Measure { nested: inner.nested + 1, uses: inner.uses.saturating_add(uses), ..inner }
}

fn cycle(name: &str) -> Refusal {
    let message = format!("The fragment {name} spreads itself.");
    Refusal::new("GRAPHQL_VALIDATION_FAILED", message)
}

/// The lexer has bounded how deep a value can be.
fn variables_in(value: &Value) -> u64 {
    match value {
        Value::Variable(_) => 1,
        Value::List(items) => items.iter().map(variables_in).sum(),
        Value::Object(fields) => fields.values().map(variables_in).sum(),
        _ => 0,
    }
}
