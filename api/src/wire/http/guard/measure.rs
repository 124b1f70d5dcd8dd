//! Measures a parsed document with its fragments expanded.
//!
//! Takes linear time, because each fragment is measured once. Recurses at most to [`MAX_NESTING`], because
//! deeper documents are rejected on the way down. Rejects recursive fragments. The library walks fragments
//! again at each spread, so documents must pass here first.

use std::collections::HashMap;

use async_graphql::Positioned;
use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
};
use async_graphql_value::Value;

use super::lengths::{self, VariableUse};
use crate::wire::http::refusal::Refusal;

/// Maximum nesting of selections, with fragments expanded.
pub(super) const MAX_NESTING: u64 = 32;
/// Maximum fields and fragments, expanded. Fragments count because a fan of empty fragments is as expensive for
/// the library.
pub(super) const MAX_SELECTIONS: u64 = 4_000;
/// Maximum nesting of introspection lists. Each multiplies the response by all fields of a type.
const MAX_INTROSPECTION_NESTING: u64 = 1;
/// Maximum selections below `__schema` and `__type`, which are answered for all types. The standard
/// introspection query has 320.
pub(super) const MAX_INTROSPECTED: u64 = 500;
/// Number of selections that an introspection list counts as.
const INTROSPECTION_LIST_WEIGHT: u64 = 20;

/// The measure of a selection set, with fragments expanded.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Measure {
    pub selections: u64,
    pub nested: u64,
    /// Nesting of lists of types or fields.
    pub introspection: u64,
    /// Number of such lists.
    lists: u64,
    /// Selections below `__schema` and `__type`, with lists weighted.
    pub introspected: u64,
    /// Number of variable uses, each of which copies the value.
    pub uses: u64,
}

/// A traversal of a document.
pub(super) struct Walk<'a> {
    document: &'a ExecutableDocument,
    /// `None` while the fragment is being measured.
    fragments: HashMap<&'a str, Option<Measure>>,
    /// Unexpanded, over the whole document.
    pub aliases: u64,
    pub directives: u64,
    /// Arguments and the variables passed to them.
    pub variable_uses: Vec<VariableUse>,
}

impl<'a> Walk<'a> {
    pub fn new(document: &'a ExecutableDocument) -> Self {
        Self { document, fragments: HashMap::new(), aliases: 0, directives: 0, variable_uses: Vec::new() }
    }

    /// Measures an operation.
    pub fn operation(&mut self, operation: &'a OperationDefinition) -> Result<Measure, Refusal> {
        let uses = self.directives(&operation.directives);
        for variable in &operation.variable_definitions {
            self.directives(&variable.node.directives);
        }
        let mut measure = self.selections(&operation.selection_set.node, 0)?;
        measure.uses = measure.uses.saturating_add(uses);
        Ok(measure)
    }

    /// Measures a fragment. Also called for unused fragments, since validation walks them as well.
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
        if level > MAX_NESTING {
            return Err(Refusal::limit_exceeded("nested selections", MAX_NESTING, level));
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
        // A fragment measured at a shallow level may be spread at a deep one.
        let nested = level.saturating_add(sum.nested);
        if nested > MAX_NESTING {
            return Err(Refusal::limit_exceeded("nested selections", MAX_NESTING, nested));
        }
        if sum.selections > MAX_SELECTIONS {
            return Err(Refusal::limit_exceeded("selections with fragments expanded", MAX_SELECTIONS, sum.selections));
        }
        Ok(sum)
    }

    fn field(&mut self, field: &'a Field, level: u64) -> Result<Measure, Refusal> {
        self.aliases += u64::from(field.alias.is_some());
        let mut uses = self.directives(&field.directives);
        for (name, value) in &field.arguments {
            uses = uses.saturating_add(variables_in(&value.node));
            lengths::check_literal(&name.node, &value.node, &mut self.variable_uses)?;
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
                let max = MAX_INTROSPECTION_NESTING;
                if measure.introspection > max {
                    let what = "nested introspection lists";
                    return Err(Refusal::limit_exceeded(what, max, measure.introspection));
                }
                let lists = measure.lists.saturating_mul(INTROSPECTION_LIST_WEIGHT);
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
    let message = format!("The fragment {name} spreads itself, which is not allowed.");
    Refusal::new("GRAPHQL_VALIDATION_FAILED", message)
}

/// The lexer has limited the nesting of values.
fn variables_in(value: &Value) -> u64 {
    match value {
        Value::Variable(_) => 1,
        Value::List(items) => items.iter().map(variables_in).sum(),
        Value::Object(fields) => fields.values().map(variables_in).sum(),
        _ => 0,
    }
}
