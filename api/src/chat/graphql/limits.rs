//! Limits of GraphQL documents, and the costs of pages.

use crate::ground::page;

/// Maximum size of a document, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 32 * 1024;
/// Maximum nesting of selections. The introspection query of common tools nests 15 levels.
pub const MAX_SELECTION_DEPTH: usize = 18;
/// Maximum cost of a document: 1 per field, multiplied by the sizes of the pages that contain it.
pub const MAX_COMPLEXITY: usize = 20_000;

/// Number of items a page can have, to estimate the cost of a document.
pub fn page_cost(first: Option<i32>, last: Option<i32>) -> usize {
    let wanted = first.or(last).and_then(|n| usize::try_from(n).ok()).unwrap_or(page::DEFAULT);
    wanted.min(page::MAX)
}
