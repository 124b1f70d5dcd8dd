//! The size of answers: counted value by value while they are made, and refused when they grow too large.
//!
//! Promises: an answer, and an item of a subscription, takes at most [`RESPONSE_BYTES`] as JSON, whatever a document
//! repeats under other names; what comes after the limit is not made any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextResolve, ResolveInfo};
use async_graphql::{PathSegment, Pos, QueryPathNode, QueryPathSegment, Response, ServerError, ServerResult, Value};

use crate::allowance::RESPONSE_BYTES;
use crate::error::Error;
use crate::text::json_bytes;

/// Counts the bytes of each answer.
pub struct Sizes;

impl ExtensionFactory for Sizes {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Size(AtomicUsize::new(0)))
    }
}

struct Size(AtomicUsize);

impl Size {
    fn add(&self, bytes: usize) -> Result<(), Error> {
        let before = self.0.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes <= RESPONSE_BYTES { Ok(()) } else { Err(too_large()) }
    }
}

#[async_trait::async_trait]
impl Extension for Size {
    /// For a query or a mutation once, for a subscription with each item.
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
        // Quotes, a colon and a comma; brackets count with what is in them.
        let named = match info.path_node.segment {
            QueryPathSegment::Name(name) => name.len() + 4,
            QueryPathSegment::Index(_) => 1,
        };
        let (node, pos) = (info.path_node, info.field.name.pos);
        let refused = |error: Error| refusal(error, node, pos);
        self.add(named).map_err(refused)?;
        let value = next.run(context, info).await?;
        self.add(value.as_ref().map_or(4, of_leaf)).map_err(refused)?;
        Ok(value)
    }
}

fn refusal(error: Error, node: &QueryPathNode<'_>, pos: Pos) -> ServerError {
    let mut refusal = async_graphql::Error::from(error).into_server_error(pos);
    let segment = |node: &QueryPathNode<'_>| match node.segment {
        QueryPathSegment::Index(index) => PathSegment::Index(index),
        QueryPathSegment::Name(name) => PathSegment::Field(name.to_owned()),
    };
    refusal.path = std::iter::once(node).chain(node.parents()).map(segment).collect();
    refusal.path.reverse();
    refusal
}

/// Bytes of a value; of what is in lists and objects each has been counted before.
fn of_leaf(value: &Value) -> usize {
    match value {
        Value::String(text) => json_bytes(text) + 2,
        Value::Enum(name) => name.len() + 2,
        Value::Number(number) => number.to_string().len(),
        Value::Boolean(_) | Value::Null => 5,
        Value::Binary(bytes) => bytes.len() * 4,
        Value::List(_) | Value::Object(_) => 2,
    }
}

/// An answer that is too large.
pub fn too_large() -> Error {
    Error::TooLarge(format!("An answer has at most {} MiB. Ask for less at once.", RESPONSE_BYTES / (1024 * 1024)))
}
