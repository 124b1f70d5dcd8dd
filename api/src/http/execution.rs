//! From what a client sent to a response: the same for every transport.
//!
//! Promises: nothing is executed that the guard has not passed; an execution ends within its
//! deadline with an answer; a panic in a resolver costs that answer only. It knows no HTTP and no
//! WebSocket.

use std::panic::AssertUnwindSafe;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, Value, Variables};
use futures_util::FutureExt;

use super::Wire;
use super::caller::Caller;
use super::refusal::{Refusal, internal, tidy};

/// A GraphQL request as a client sends it, its shape checked.
pub(crate) struct Asked {
    pub query: String,
    pub operation_name: Option<String>,
    pub variables: Variables,
    /// How large the message was that it came in.
    pub bytes: usize,
}

impl Asked {
    /// Takes the parts out of a JSON value.
    ///
    /// # Errors
    /// `BAD_REQUEST` unless it is an object with a text `query`, and if they are there: a text
    /// `operationName`, and objects as `variables` and `extensions`.
    pub fn read(value: Value, bytes: usize) -> Result<Self, Refusal> {
        let Value::Object(mut fields) = value else {
            return Err(Refusal::bad_request("A GraphQL request is a JSON object."));
        };
        let mut take = |name| fields.swap_remove(name).unwrap_or_default();
        let Value::String(query) = take("query") else {
            return Err(Refusal::bad_request("`query` must be a text."));
        };
        let operation_name = match take("operationName") {
            Value::Null => None,
            Value::String(name) => Some(name).filter(|name| !name.is_empty()),
            _ => return Err(Refusal::bad_request("`operationName` must be a text.")),
        };
        let variables = match take("variables") {
            value @ (Value::Null | Value::Object(_)) => Variables::from_value(value),
            _ => return Err(Refusal::bad_request("`variables` must be an object.")),
        };
        // Nothing here uses extensions, but a client that sends nonsense is told so.
        match take("extensions") {
            Value::Null | Value::Object(_) => {}
            _ => return Err(Refusal::bad_request("`extensions` must be an object.")),
        }
        Ok(Self { query, operation_name, variables, bytes })
    }
}

/// A request that has passed the guard.
pub(crate) struct Prepared {
    pub kind: OperationType,
    pub request: Request,
}

/// Takes a request past the guard and gives it what resolvers ask for: viewer, address, user agent.
///
/// # Errors
/// What the guard says.
pub(crate) fn prepare(wire: &Wire, asked: Asked, caller: &Caller) -> Result<Prepared, Refusal> {
    let document = wire.guard().check(&asked.query)?;
    let kind = document.operation(asked.operation_name.as_deref())?;
    document.check_variables(&asked.variables, asked.bytes)?;
    let mut request = document
        .request(asked.query)
        .variables(asked.variables)
        .data(caller.address)
        .data(caller.agent.clone())
        .data(caller.site.clone());
    request.operation_name = asked.operation_name;
    if let Some(viewer) = caller.viewer {
        request.data.insert(viewer);
    } else if let Some(remembered) = caller.remembered {
        request.data.insert(remembered);
    }
    if let Some(device) = &caller.device {
        request.data.insert(device.clone());
    }
    if let Some(connection) = caller.connection {
        request.data.insert(connection);
    }
    Ok(Prepared { kind, request })
}

/// Executes a query or a mutation.
pub(crate) async fn execute(wire: &Wire, request: Request) -> Response {
    match within(wire, wire.schema().execute(request)).await {
        Ok(response) => tidy(response),
        Err(refusal) => refusal.into_response(),
    }
}

/// Runs something of ours under the deadline of a request, and holds a panic back.
pub(crate) async fn within<T>(wire: &Wire, work: impl Future<Output = T>) -> Result<T, Refusal> {
    let deadline = wire.settings().timing.request;
    match tokio::time::timeout(deadline, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(_)) => Err(internal("a panic while executing")),
        Err(_) => Err(Refusal::new("UNAVAILABLE", format!("No answer within {} s. Try again.", deadline.as_secs()))),
    }
}
