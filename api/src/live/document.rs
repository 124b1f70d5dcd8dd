//! The document of a request, and the part of a request that executions share.

use std::any::TypeId;
use std::sync::Arc;

use async_graphql::Request;
use async_graphql::parser::types::ExecutableDocument;

/// The document to execute for a request, which may differ from its text. Stored in the data of the request.
#[derive(Debug, Clone)]
pub struct Document(pub Arc<ExecutableDocument>);

/// Clones a request with its document and variables. Other data, such as the caller, is left out: rendered frames must
/// not depend on it.
pub fn clone_request(request: &Request) -> Request {
    let mut clone = Request::new(request.query.clone()).variables(request.variables.clone());
    clone.operation_name.clone_from(&request.operation_name);
    let document = request.data.get(&TypeId::of::<Document>()).and_then(|data| data.downcast_ref::<Document>());
    if let Some(document) = document {
        clone.set_parsed_query(ExecutableDocument::clone(&document.0));
        clone = clone.data(document.clone());
    }
    clone
}
