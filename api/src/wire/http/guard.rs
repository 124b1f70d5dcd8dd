//! The document guard: limits GraphQL documents before they are parsed, on every transport.
//!
//! Two attacks motivate it (`async-graphql` 7.2.1 with all of its limits set): a 4 KB document of nested list
//! literals overflows the stack of the parser and aborts the process, and 600 bytes of fragments that spread
//! each other occupy a worker thread for seconds. Checks run in this order: size, a single lexer pass, the
//! parser, a measurement that visits each fragment once, rules for operations. The parsed document is passed on
//! and not parsed again.
//!
//! Takes linear time. Refusals name the limit and the actual value. The guard does not know the schema:
//! validation checks whether fields exist.

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

use self::lengths::VariableUse;
use self::measure::Walk;
use self::roots::{Root, inline_subscription_roots, roots};
use crate::live;
use crate::wire::http::refusal::Refusal;

/// Maximum size of a document, in bytes.
pub(crate) const MAX_DOCUMENT_BYTES: usize = crate::chat::graphql::limits::MAX_DOCUMENT_BYTES;
const MAX_TOKENS: u64 = 2_000;
/// Maximum nesting of brackets of any kind, and of values in variables.
const MAX_DEPTH: u64 = 50;
const MAX_OPERATIONS: u64 = 10;
const MAX_FRAGMENTS: u64 = 50;
const MAX_ALIASES: u64 = 30;
const MAX_DIRECTIVES: u64 = 50;
const MAX_QUERY_ROOTS: u64 = 20;
const MAX_MUTATION_ROOTS: u64 = 5;
/// Maximum bytes of all copies of variables: their size times the number of uses.
const MAX_COPIED_BYTES: u64 = 16 * 1024 * 1024;
/// Approximate bytes of a value besides its text.
const VALUE_BYTES: u64 = 4;
/// Mutations that take a password. Limited to one per request, so that throttling counts each attempt.
pub(crate) const PASSWORD_MUTATIONS: [&str; 4] = ["register", "signIn", "changePassword", "changeEmail"];

/// Maximum memory of cached documents, in bytes.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;
/// Approximate memory per token of a parsed document.
const BYTES_PER_TOKEN: u64 = 200;

/// Checks documents and caches those that passed.
pub(crate) struct Guard {
    passed: moka::sync::Cache<Arc<str>, Arc<Document>>,
}

/// A document that passed the guard.
pub(crate) struct Document {
    parsed: Arc<ExecutableDocument>,
    tokens: u64,
    /// Number of variable uses, with fragments expanded.
    uses: u64,
    /// Arguments and the variables passed to them.
    variable_uses: Vec<VariableUse>,
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

    /// Checks a document, or returns it from the cache.
    ///
    /// # Errors
    /// Returns the exceeded limit or the syntax error.
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
    /// Returns the type of the selected operation and its root fields, with fragments expanded.
    ///
    /// # Errors
    /// `OPERATION_RESOLUTION_FAILURE` if there is no such operation, or several and no name is given.
    pub fn operation(&self, name: Option<&str>) -> Result<(OperationType, Vec<&Field>), Refusal> {
        let selected = match (&self.parsed.operations, name) {
            (DocumentOperations::Single(operation), None) => Some(operation),
            (DocumentOperations::Single(_), Some(_)) => None,
            (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
            (DocumentOperations::Multiple(operations), None) => {
                let mut all = operations.values();
                all.next().filter(|_| all.next().is_none())
            }
        };
        let operation = selected.ok_or_else(|| {
            let message = match name {
                Some(name) => format!("The document has no operation named {name:?}."),
                None => "The document has several operations. Select one with operationName.".into(),
            };
            Refusal::new("OPERATION_RESOLUTION_FAILURE", message)
        })?;
        let mut collected = Vec::new();
        roots(&self.parsed.fragments, &operation.node.selection_set.node, false, &mut collected);
        Ok((operation.node.ty, collected.into_iter().map(|root| &root.field.node).collect()))
    }

    /// Checks variables.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` if the variables are nested too deeply, contain NUL, exceed the maximum length of their
    /// argument, or their copies would be too large.
    pub fn check_variables(&self, variables: &Variables) -> Result<(), Refusal> {
        let mut bytes = 0;
        for (name, value) in variables.iter() {
            bytes += check_text(name)? + check_value(value, 1)?;
        }
        if self.uses.saturating_mul(bytes) > MAX_COPIED_BYTES {
            let message = format!("The variables are too large to be used in {} places.", self.uses);
            return Err(Refusal::new("BAD_USER_INPUT", message));
        }
        for VariableUse { argument, variable } in &self.variable_uses {
            if let Some(value) = variables.get(variable) {
                lengths::check_value(argument, value)?;
            }
        }
        Ok(())
    }

    /// Adds the parsed document to a request with its text.
    pub fn attach(&self, mut request: Request) -> Request {
        request.set_parsed_query(ExecutableDocument::clone(&self.parsed));
        // Subscriptions are executed repeatedly.
        request.data(live::document::Document(self.parsed.clone()))
    }
}

fn check(text: &str) -> Result<Document, Refusal> {
    if text.len() > MAX_DOCUMENT_BYTES {
        return Err(Refusal::too_large("The document", MAX_DOCUMENT_BYTES, text.len()));
    }
    let scan = lexer::scan(text)?;
    require_at_most("tokens", MAX_TOKENS, scan.tokens)?;
    require_at_most("nested brackets", MAX_DEPTH, scan.depth)?;
    let mut parsed = parse_query(text)?;
    let (uses, variable_uses) = check_parsed(&parsed)?;
    inline_subscription_roots(&mut parsed);
    Ok(Document { parsed: Arc::new(parsed), tokens: scan.tokens, uses, variable_uses })
}

/// Returns the number of variable uses, and which arguments they are passed to.
fn check_parsed(document: &ExecutableDocument) -> Result<(u64, Vec<VariableUse>), Refusal> {
    require_at_most("operations", MAX_OPERATIONS, document.operations.iter().len() as u64)?;
    require_at_most("fragments", MAX_FRAGMENTS, document.fragments.len() as u64)?;
    let mut walk = Walk::new(document);
    let (mut selections, mut introspected, mut uses) = (0_u64, 0_u64, 0_u64);
    for (_, operation) in document.operations.iter() {
        let measure = walk.operation(&operation.node)?;
        selections = selections.saturating_add(measure.selections);
        introspected = introspected.max(measure.introspected);
        uses = uses.max(measure.uses);
    }
    require_at_most("selections with fragments expanded", measure::MAX_SELECTIONS, selections)?;
    require_at_most("introspection selections", measure::MAX_INTROSPECTED, introspected)?;
    for name in document.fragments.keys() {
        walk.fragment(name, 0)?;
    }
    require_at_most("aliases", MAX_ALIASES, walk.aliases)?;
    require_at_most("directives", MAX_DIRECTIVES, walk.directives)?;
    for (_, operation) in document.operations.iter() {
        let mut collected = Vec::new();
        roots(&document.fragments, &operation.node.selection_set.node, false, &mut collected);
        check_roots(operation.node.ty, &collected)?;
    }
    let mut variable_uses: Vec<VariableUse> =
        walk.variable_uses.into_iter().collect::<HashSet<_>>().into_iter().collect();
    variable_uses.shrink_to_fit();
    check_defaults(document, &variable_uses)?;
    Ok((uses, variable_uses))
}

/// Checks default values of variables.
fn check_defaults(document: &ExecutableDocument, variable_uses: &[VariableUse]) -> Result<(), Refusal> {
    for (_, operation) in document.operations.iter() {
        for variable in &operation.node.variable_definitions {
            let Some(default) = &variable.node.default_value else { continue };
            for variable_use in
                variable_uses.iter().filter(|variable_use| variable_use.variable == variable.node.name.node)
            {
                lengths::check_value(&variable_use.argument, &default.node)?;
            }
        }
    }
    Ok(())
}

fn check_roots(kind: OperationType, collected: &[Root<'_>]) -> Result<(), Refusal> {
    let count = collected.len() as u64;
    match kind {
        OperationType::Query => require_at_most("root fields", MAX_QUERY_ROOTS, count),
        OperationType::Mutation => {
            require_at_most("root fields", MAX_MUTATION_ROOTS, count)?;
            let passwords = collected
                .iter()
                .filter(|root| PASSWORD_MUTATIONS.contains(&root.field.node.name.node.as_str()))
                .count();
            require_at_most("password fields", 1, passwords as u64)
        }
        OperationType::Subscription => match collected {
            [root] if root.conditional => Err(Refusal::new(
                "GRAPHQL_VALIDATION_FAILED",
                "The root field of a subscription does not support @skip and @include.",
            )
            .with_location(root.field.pos)),
            [root] if root.field.node.name.node.starts_with("__") => Err(Refusal::new(
                "GRAPHQL_VALIDATION_FAILED",
                "A subscription must select one field of the Subscription type.",
            )
            .with_location(root.field.pos)),
            _ => require_at_most("root fields in a subscription", 1, count),
        },
    }
}

fn require_at_most(what: &'static str, max: u64, actual: u64) -> Result<(), Refusal> {
    if actual > max {
        return Err(Refusal::limit_exceeded(what, max, actual));
    }
    Ok(())
}

/// Checks a value and returns its approximate size in bytes. The JSON parser limits the recursion to 128.
fn check_value(value: &Value, depth: u64) -> Result<u64, Refusal> {
    if depth > MAX_DEPTH {
        let message = format!("The variables are nested too deeply: maximum {MAX_DEPTH} levels.");
        return Err(Refusal::new("BAD_USER_INPUT", message));
    }
    let mut bytes = VALUE_BYTES;
    match value {
        Value::String(text) => bytes += check_text(text)?,
        Value::List(items) => {
            for item in items {
                bytes += check_value(item, depth + 1)?;
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                bytes += check_text(name)? + check_value(value, depth + 1)?;
            }
        }
        _ => {}
    }
    Ok(bytes)
}

/// Checks a text and returns its size in bytes.
fn check_text(text: &str) -> Result<u64, Refusal> {
    if text.contains('\0') {
        return Err(Refusal::new("BAD_USER_INPUT", "The character NUL is not allowed."));
    }
    Ok(text.len() as u64)
}

#[cfg(test)]
mod tests;
