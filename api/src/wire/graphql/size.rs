//! Limits the size of responses, counted value by value during execution.
//!
//! - A response, and an item of a subscription, has at most [`RESPONSE_BYTES`] as JSON, even if a document repeats
//!   fields under aliases.
//! - Execution stops at the limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextResolve, ResolveInfo};
use async_graphql::{PathSegment, Pos, QueryPathNode, QueryPathSegment, Response, ServerError, ServerResult, Value};

use crate::ground::allowance::RESPONSE_BYTES;
use crate::ground::error::Error;
use crate::ground::text::json_bytes;

/// Counts the bytes of each response.
pub struct ResponseSize;

impl ExtensionFactory for ResponseSize {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Counter(AtomicUsize::new(0)))
    }
}

struct Counter(AtomicUsize);

impl Counter {
    fn add(&self, bytes: usize) -> Result<(), Error> {
        let before = self.0.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes <= RESPONSE_BYTES { Ok(()) } else { Err(too_large()) }
    }
}

#[async_trait::async_trait]
impl Extension for Counter {
    /// Runs once for a query or mutation, and for each item of a subscription.
    async fn execute(&self, context: &ExtensionContext<'_>, name: Option<&str>, next: NextExecute<'_>) -> Response {
        self.0.store(0, Ordering::Relaxed);
        next.run(context, name).await
    }

    async fn resolve(
        &self,
        context: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        // Two quotation marks, a colon and a comma; brackets are counted with their contents.
        let name_bytes = match info.path_node.segment {
            QueryPathSegment::Name(name) => name.len() + 4,
            QueryPathSegment::Index(_) => 1,
        };
        let (node, pos) = (info.path_node, info.field.name.pos);
        let locate = |error: Error| located(error, node, pos);
        self.add(name_bytes).map_err(locate)?;
        let value = next.run(context, info).await?;
        self.add(value.as_ref().map_or(4, leaf_bytes)).map_err(locate)?;
        Ok(value)
    }
}

fn located(error: Error, node: &QueryPathNode<'_>, pos: Pos) -> ServerError {
    let mut located = async_graphql::Error::from(error).into_server_error(pos);
    let segment = |node: &QueryPathNode<'_>| match node.segment {
        QueryPathSegment::Index(index) => PathSegment::Index(index),
        QueryPathSegment::Name(name) => PathSegment::Field(name.to_owned()),
    };
    located.path = std::iter::once(node).chain(node.parents()).map(segment).collect();
    located.path.reverse();
    located
}

/// Size of a value in bytes. The contents of lists and objects have been counted before.
fn leaf_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => json_bytes(text) + 2,
        Value::Enum(name) => name.len() + 2,
        Value::Number(number) => number.to_string().len(),
        Value::Boolean(_) | Value::Null => 5,
        Value::Binary(bytes) => bytes.len() * 4,
        Value::List(_) | Value::Object(_) => 2,
    }
}

/// The error for a response that is too large.
pub fn too_large() -> Error {
    Error::TooLarge(format!(
        "Response too large: maximum {} MiB. Request fewer items or fields.",
        RESPONSE_BYTES / (1024 * 1024)
    ))
}
