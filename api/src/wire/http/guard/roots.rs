//! The root fields of an operation, with fragments expanded.
//!
//! The library only executes subscriptions whose field is directly at the root. The single root field is
//! therefore moved there before anything else reads the document, so that the checked, shared and executed
//! documents are the same.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, FragmentDefinition, OperationType, Selection, SelectionSet,
    TypeCondition,
};
use async_graphql::{Name, Positioned};

/// The fragments of a document.
pub(super) type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// The root type of subscriptions.
const SUBSCRIPTION: &str = "Subscription";

/// A root field.
pub(super) struct Root<'a> {
    pub field: &'a Positioned<Field>,
    /// Whether `@skip` or `@include` may exclude it.
    pub conditional: bool,
}

/// Collects the root fields of a measured operation.
pub(super) fn roots<'a>(
    fragments: &'a Fragments,
    set: &'a SelectionSet,
    conditional: bool,
    collected: &mut Vec<Root<'a>>,
) {
    for selection in &set.items {
        let mut names = selection.node.directives().iter().map(|directive| directive.node.name.node.as_str());
        let conditional = conditional || names.any(|name| matches!(name, "skip" | "include"));
        match &selection.node {
            Selection::Field(field) => collected.push(Root { field, conditional }),
            Selection::InlineFragment(inline) => {
                roots(fragments, &inline.node.selection_set.node, conditional, collected);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = fragments.get(&spread.node.fragment_name.node) {
                    roots(fragments, &fragment.node.selection_set.node, conditional, collected);
                }
            }
        }
    }
}

/// Moves the root field of each subscription out of its fragments. Fragments of the wrong type are left for
/// validation to reject.
pub(super) fn inline_subscription_roots(document: &mut ExecutableDocument) {
    let ExecutableDocument { operations, fragments } = document;
    let mut spread = HashSet::new();
    let all: Box<dyn Iterator<Item = _>> = match operations {
        DocumentOperations::Single(operation) => Box::new(std::iter::once(operation)),
        DocumentOperations::Multiple(operations) => Box::new(operations.values_mut()),
    };
    for operation in all.filter(|operation| operation.node.ty == OperationType::Subscription) {
        let set = &mut operation.node.selection_set.node;
        let (mut collected, mut names) = (Vec::new(), HashSet::new());
        roots(fragments, set, false, &mut collected);
        let [Root { field, .. }] = collected.as_slice() else { continue };
        if are_spreadable(fragments, set, &mut names) {
            let field = (*field).clone();
            set.items = vec![Positioned::new(Selection::Field(field.clone()), field.pos)];
            spread.extend(names);
        }
    }
    // They are used nowhere else: only subscriptions have this type.
    fragments.retain(|name, _| !spread.contains(name));
}

/// Whether all fragments at the root have the right type. Collects their names.
fn are_spreadable(fragments: &Fragments, set: &SelectionSet, names: &mut HashSet<Name>) -> bool {
    let fits = |condition: &Positioned<TypeCondition>| condition.node.on.node.as_str() == SUBSCRIPTION;
    set.items.iter().all(|selection| match &selection.node {
        Selection::Field(_) => true,
        Selection::InlineFragment(inline) => {
            inline.node.type_condition.as_ref().is_none_or(fits)
                && are_spreadable(fragments, &inline.node.selection_set.node, names)
        }
        Selection::FragmentSpread(spread) => {
            let name = &spread.node.fragment_name.node;
            fragments.get(name).is_some_and(|fragment| {
                names.insert(name.clone());
                fits(&fragment.node.type_condition)
                    && are_spreadable(fragments, &fragment.node.selection_set.node, names)
            })
        }
    })
}
