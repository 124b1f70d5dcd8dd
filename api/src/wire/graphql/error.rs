//! Converts errors of the server to GraphQL errors with code, field and `retryAfter`. Internals are never included.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextRequest, NextSubscribe};
use async_graphql::{ErrorExtensionValues, Response, ServerError};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

use crate::ground::error::Error;
use crate::ground::id::CommandId;

/// Adds the error code to every error.
pub struct ErrorCodes;

impl ExtensionFactory for ErrorCodes {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for ErrorCodes {
    async fn request(&self, context: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        with_codes(next.run(context).await)
    }

    fn subscribe<'s>(
        &self,
        context: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        next.run(context, stream).map(with_codes).boxed()
    }
}

fn with_codes(mut response: Response) -> Response {
    for error in &mut response.errors {
        match error.source::<Error>().cloned() {
            Some(source) => describe(error, &source),
            // The library detects values of the wrong type while it resolves a field.
            None if !error.path.is_empty() => {
                error.extensions.get_or_insert_default().set("code", "BAD_USER_INPUT");
            }
            None => {}
        }
    }
    response
}

/// A response that consists of one error.
pub fn response(error: &Error) -> Response {
    let mut graphql = ServerError::new(error.to_string(), None);
    describe(&mut graphql, error);
    Response::from_errors(vec![graphql])
}

fn describe(graphql: &mut ServerError, error: &Error) {
    let extensions: &mut ErrorExtensionValues = graphql.extensions.get_or_insert_default();
    extensions.set("code", error.code());
    if let Some(wait) = error.retry_after() {
        extensions.set("retryAfter", Error::retry_seconds(wait));
    }
    match error {
        Error::Invalid { field, .. } => extensions.set("field", *field),
        Error::Internal(text) => {
            let correlation = CommandId::mint().0.simple().to_string();
            tracing::error!(%correlation, %text, "internal error");
            extensions.set("correlationId", correlation);
        }
        _ => {}
    }
    graphql.message = error.to_string();
}
