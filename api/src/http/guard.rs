//! The guard: every document passes it before anything is parsed, on every transport.
//!
//! Two attacks made it (`async-graphql` 7.2.1, all of its own limits set): a 4 KB document of nested
//! list literals overflows the parser's stack and ends the process, and 600 bytes of fragments that
//! spread each other keep a worker thread busy for seconds. So the order is: bytes, then one pass of a
//! lexer, then the parser, then a measure in which each fragment counts once, then the rules about
//! operations. What passes goes on as a parsed document and is not parsed again.
//!
//! Promises: time linear in the document; a refusal says which limit and what was found. It knows no
//! schema: whether a field exists is for validation to say.

mod lengths;
mod lexer;
mod measure;
mod roots;

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::parser::parse_query;
pub(crate) use async_graphql::parser::types::Field;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationType};
use async_graphql::{Request, Value, Variables};

use self::lengths::Taken;
use self::measure::Walk;
use self::roots::{Root, roots, unfold};
use crate::http::refusal::Refusal;
use crate::live;

/// Bytes of a document.
pub(crate) const MOST_BYTES: usize = crate::graphql::DOCUMENT_MAX;
const MOST_TOKENS: u64 = 2_000;
/// Brackets of any kind inside of each other; nested values in variables too.
const MOST_DEPTH: u64 = 50;
const MOST_OPERATIONS: u64 = 10;
const MOST_FRAGMENTS: u64 = 50;
const MOST_ALIASES: u64 = 30;
const MOST_DIRECTIVES: u64 = 50;
const MOST_QUERY_ROOTS: u64 = 20;
const MOST_MUTATION_ROOTS: u64 = 5;
/// Bytes that the copies of variables may come to: their size times the places that use them.
const MOST_COPIED: u64 = 16 * 1024 * 1024;
/// Mutations that take a password: one try per request, so that throttling counts them all.
pub(crate) const ONCE: [&str; 4] = ["register", "signIn", "changePassword", "changeEmail"];

/// Memory that parsed documents may keep.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;
/// What one token of a parsed document takes, roughly.
const BYTES_PER_TOKEN: u64 = 200;

/// Checks documents and remembers those that passed.
pub(crate) struct Guard {
    passed: moka::sync::Cache<Arc<str>, Arc<Document>>,
}

/// A document that has passed.
pub(crate) struct Document {
    parsed: Arc<ExecutableDocument>,
    tokens: u64,
    /// Places where a variable is used, fragments written out.
    uses: u64,
    /// Which variables are taken where.
    taken: Vec<Taken>,
}

impl Guard {
    pub fn new() -> Self {
        let passed = moka::sync::Cache::builder()
            .max_capacity(CACHE_BYTES)
            .weigher(|text: &Arc<str>, document: &Arc<Document>| {
                let bytes = text.len() as u64 + document.tokens * BYTES_PER_TOKEN;
                u32::try_from(bytes).unwrap_or(u32::MAX)
            })
            .build();
        Self { passed }
    }

    /// Checks a document, or finds that it was checked before.
    ///
    /// # Errors
    /// What it has too much of, or where it is no GraphQL.
    pub fn check(&self, text: &str) -> Result<Arc<Document>, Refusal> {
        if let Some(document) = self.passed.get(text) {
            return Ok(document);
        }
        let document = Arc::new(check(text)?);
        self.passed.insert(text.into(), document.clone());
        Ok(document)
    }
}

impl Document {
    /// The type of the operation that this name selects, and the fields at its root, fragments written out.
    ///
    /// # Errors
    /// The document has none of this name, or several and no name is given.
    pub fn operation(&self, name: Option<&str>) -> Result<(OperationType, Vec<&Field>), Refusal> {
        let found = match (&self.parsed.operations, name) {
            (DocumentOperations::Single(operation), None) => Some(operation),
            (DocumentOperations::Single(_), Some(_)) => None,
            (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
            (DocumentOperations::Multiple(operations), None) => {
                let mut all = operations.values();
                all.next().filter(|_| all.next().is_none())
            }
        };
        let operation = found.ok_or_else(|| {
            let message = match name {
                Some(name) => format!("The document has no operation named {name:?}."),
                None => "The document has several operations: say which by operationName.".into(),
            };
            Refusal::new("OPERATION_RESOLUTION_FAILURE", message)
        })?;
        let mut found = Vec::new();
        roots(&self.parsed.fragments, &operation.node.selection_set.node, false, &mut found);
        Ok((operation.node.ty, found.into_iter().map(|root| &root.field.node).collect()))
    }

    /// Checks variables. `bytes`: how large the request was that they came in.
    ///
    /// # Errors
    /// They are nested too deeply, hold the character NUL, are longer than what takes them could be, or are used so
    /// often that the copies would be too large.
    pub fn check_variables(&self, variables: &Variables, bytes: usize) -> Result<(), Refusal> {
        let copied = self.uses.saturating_mul(bytes as u64);
        if copied > MOST_COPIED {
            let message = format!("The variables are used in {} places, which is too often for their size.", self.uses);
            return Err(Refusal::new("BAD_USER_INPUT", message));
        }
        for (name, value) in variables.iter() {
            check_text(name)?;
            check_value(value, 1)?;
        }
        for Taken { argument, variable } in &self.taken {
            if let Some(value) = variables.get(variable) {
                lengths::check_value(argument, value)?;
            }
        }
        Ok(())
    }

    /// The request to execute; it carries the parsed document.
    pub fn request(&self, text: String) -> Request {
        let mut request = Request::new(text);
        request.set_parsed_query(ExecutableDocument::clone(&self.parsed));
        // Subscriptions are executed more than once.
        request.data(live::subscription::Document(self.parsed.clone()))
    }
}

fn check(text: &str) -> Result<Document, Refusal> {
    if text.len() > MOST_BYTES {
        return Err(Refusal::too_large("The document", MOST_BYTES, text.len()));
    }
    let scan = lexer::scan(text)?;
    at_most("tokens", MOST_TOKENS, scan.tokens)?;
    at_most("nested brackets", MOST_DEPTH, scan.depth)?;
    let mut parsed = parse_query(text)?;
    let (uses, taken) = check_parsed(&parsed)?;
    unfold(&mut parsed);
    Ok(Document { parsed: Arc::new(parsed), tokens: scan.tokens, uses, taken })
}

/// Answers in how many places variables are used, and which are taken where.
fn check_parsed(document: &ExecutableDocument) -> Result<(u64, Vec<Taken>), Refusal> {
    at_most("operations", MOST_OPERATIONS, document.operations.iter().len() as u64)?;
    at_most("fragments", MOST_FRAGMENTS, document.fragments.len() as u64)?;
    let mut walk = Walk::new(document);
    let (mut selections, mut introspected, mut uses) = (0_u64, 0_u64, 0_u64);
    for (_, operation) in document.operations.iter() {
        let measure = walk.operation(&operation.node)?;
        selections = selections.saturating_add(measure.selections);
        introspected = introspected.max(measure.introspected);
        uses = uses.max(measure.uses);
    }
    at_most("selections with its fragments written out", measure::MOST_SELECTIONS, selections)?;
    at_most("selections of introspection", measure::MOST_INTROSPECTED, introspected)?;
    for name in document.fragments.keys() {
        walk.fragment(name, 0)?;
    }
    at_most("aliases", MOST_ALIASES, walk.aliases)?;
    at_most("directives", MOST_DIRECTIVES, walk.directives)?;
    for (_, operation) in document.operations.iter() {
        let mut found = Vec::new();
        roots(&document.fragments, &operation.node.selection_set.node, false, &mut found);
        check_roots(operation.node.ty, &found)?;
    }
    let mut taken: Vec<Taken> = walk.taken.into_iter().collect::<HashSet<_>>().into_iter().collect();
    taken.shrink_to_fit();
    check_defaults(document, &taken)?;
    Ok((uses, taken))
}

/// What a variable is when nothing is given for it.
fn check_defaults(document: &ExecutableDocument, taken: &[Taken]) -> Result<(), Refusal> {
    for (_, operation) in document.operations.iter() {
        for variable in &operation.node.variable_definitions {
            let Some(default) = &variable.node.default_value else { continue };
            for place in taken.iter().filter(|place| place.variable == variable.node.name.node) {
                lengths::check_value(&place.argument, &default.node)?;
            }
        }
    }
    Ok(())
}

fn check_roots(kind: OperationType, found: &[Root<'_>]) -> Result<(), Refusal> {
    let count = found.len() as u64;
    match kind {
        OperationType::Query => at_most("root fields", MOST_QUERY_ROOTS, count),
        OperationType::Mutation => {
            at_most("root fields", MOST_MUTATION_ROOTS, count)?;
            let passwords = found.iter().filter(|root| ONCE.contains(&root.field.node.name.node.as_str())).count();
            at_most("fields that take a password", 1, passwords as u64)
        }
        OperationType::Subscription => match found {
            [root] if root.conditional => Err(Refusal::new(
                "GRAPHQL_VALIDATION_FAILED",
                "The root field of a subscription takes neither @skip nor @include.",
            )
            .at(root.field.pos)),
            [root] if root.field.node.name.node.starts_with("__") => Err(Refusal::new(
                "GRAPHQL_VALIDATION_FAILED",
                "A subscription must select one field of the Subscription type.",
            )
            .at(root.field.pos)),
            _ => at_most("root fields in a subscription", 1, count),
        },
    }
}

fn at_most(what: &'static str, most: u64, found: u64) -> Result<(), Refusal> {
    if found > most {
        return Err(Refusal::limit(what, most, found));
    }
    Ok(())
}

/// The JSON parser has bounded the recursion at 128.
fn check_value(value: &Value, depth: u64) -> Result<(), Refusal> {
    if depth > MOST_DEPTH {
        let message = format!("The variables are nested deeper than {MOST_DEPTH}.");
        return Err(Refusal::new("BAD_USER_INPUT", message));
    }
    match value {
        Value::String(text) => check_text(text),
        Value::List(items) => items.iter().try_for_each(|item| check_value(item, depth + 1)),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            check_text(name)?;
            check_value(value, depth + 1)
        }),
        _ => Ok(()),
    }
}

fn check_text(text: &str) -> Result<(), Refusal> {
    if text.contains('\0') {
        return Err(Refusal::new("BAD_USER_INPUT", "The character NUL is not taken."));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
