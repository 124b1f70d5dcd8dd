//! Limits of GraphQL documents.

/// Maximum size of a document, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 32 * 1024;
/// Maximum nesting of selections. The introspection query of common tools nests 15 levels.
pub const MAX_SELECTION_DEPTH: usize = 18;
/// Maximum cost of a document: 1 per field, multiplied by the sizes of the pages that contain it.
pub const MAX_COMPLEXITY: usize = 20_000;
