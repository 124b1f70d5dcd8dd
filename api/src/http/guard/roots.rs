//! The root fields of an operation, fragments written out.
//!
//! The library executes a subscription only where its field stands at the root itself. So the one root field is put
//! there before anything else reads the document: what is checked, shared and executed is the same.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, FragmentDefinition, OperationType, Selection, SelectionSet,
    TypeCondition,
};
use async_graphql::{Name, Positioned};

/// The fragments of a document.
pub(super) type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// The type at the root of subscriptions.
const SUBSCRIPTION: &str = "Subscription";

/// A field at the root of an operation.
pub(super) struct Root<'a> {
    pub field: &'a Positioned<Field>,
    /// Whether `@skip` or `@include` may take it away.
    pub conditional: bool,
}

/// The root fields of an operation that has been measured.
pub(super) fn roots<'a>(fragments: &'a Fragments, set: &'a SelectionSet, conditional: bool, found: &mut Vec<Root<'a>>) {
    for selection in &set.items {
        let mut names = selection.node.directives().iter().map(|directive| directive.node.name.node.as_str());
        let conditional = conditional || names.any(|name| matches!(name, "skip" | "include"));
        match &selection.node {
            Selection::Field(field) => found.push(Root { field, conditional }),
            Selection::InlineFragment(inline) => {
                roots(fragments, &inline.node.selection_set.node, conditional, found);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = fragments.get(&spread.node.fragment_name.node) {
                    roots(fragments, &fragment.node.selection_set.node, conditional, found);
                }
            }
        }
    }
}

/// Puts the root field of each subscription where it would stand without fragments. A fragment that cannot be spread
/// there is left for validation to refuse.
pub(super) fn unfold(document: &mut ExecutableDocument) {
    let ExecutableDocument { operations, fragments } = document;
    let mut spread = HashSet::new();
    let all: Box<dyn Iterator<Item = _>> = match operations {
        DocumentOperations::Single(operation) => Box::new(std::iter::once(operation)),
        DocumentOperations::Multiple(operations) => Box::new(operations.values_mut()),
    };
    for operation in all.filter(|operation| operation.node.ty == OperationType::Subscription) {
        let set = &mut operation.node.selection_set.node;
        let (mut found, mut names) = (Vec::new(), HashSet::new());
        roots(fragments, set, false, &mut found);
        let [Root { field, .. }] = found.as_slice() else { continue };
        if spreads(fragments, set, &mut names) {
            let field = (*field).clone();
            set.items = vec![Positioned::new(Selection::Field(field.clone()), field.pos)];
            spread.extend(names);
        }
    }
    // They stand nowhere else: nothing but a subscription is of this type.
    fragments.retain(|name, _| !spread.contains(name));
}

/// Whether all fragments at the root may be spread there; notes their names.
fn spreads(fragments: &Fragments, set: &SelectionSet, names: &mut HashSet<Name>) -> bool {
    let fits = |condition: &Positioned<TypeCondition>| condition.node.on.node.as_str() == SUBSCRIPTION;
    set.items.iter().all(|selection| match &selection.node {
        Selection::Field(_) => true,
        Selection::InlineFragment(inline) => {
            inline.node.type_condition.as_ref().is_none_or(fits)
                && spreads(fragments, &inline.node.selection_set.node, names)
        }
        Selection::FragmentSpread(spread) => {
            let name = &spread.node.fragment_name.node;
            fragments.get(name).is_some_and(|fragment| {
                names.insert(name.clone());
                fits(&fragment.node.type_condition) && spreads(fragments, &fragment.node.selection_set.node, names)
            })
        }
    })
}
