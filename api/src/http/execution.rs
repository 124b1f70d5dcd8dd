//! From what a client sent to a response: the same for every transport.
//!
//! Promises: nothing is executed that the guard has not passed; an execution ends within its
//! deadline with an answer; an answer has a size that can be sent; a panic in a resolver costs that answer only. It knows no HTTP and no
//! WebSocket.

use std::panic::AssertUnwindSafe;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, Value, Variables};
use futures_util::FutureExt;

use super::Wire;
use super::caller::Caller;
use super::charge::{self, Bill};
use super::refusal::{Refusal, internal, tidy};
use crate::allowance::{self, RESPONSE_BYTES};
use crate::budget::Owner;
use crate::error::Error;
use crate::graphql::size;
use crate::graphql::subscription::{Running, subscribe};

/// Bytes of the name of an operation.
const MOST_NAME: usize = 256;

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
    /// `operationName`, and objects as `variables` and `extensions`. `PERSISTED_QUERY_NOT_SUPPORTED` for one that
    /// names its document by a hash or an id.
    pub fn read(value: Value, bytes: usize) -> Result<Self, Refusal> {
        let Value::Object(mut fields) = value else {
            return Err(Refusal::bad_request("A GraphQL request is a JSON object."));
        };
        let mut take = |name| fields.swap_remove(name).unwrap_or_default();
        let query = match (take("query"), take("extensions"), take("documentId")) {
            (Value::String(query), Value::Null | Value::Object(_), _) => query,
            // Clients that ask by a hash first go on with the whole document when they hear this.
            (Value::Null, Value::Object(extensions), _) if extensions.contains_key("persistedQuery") => {
                return Err(unknown_document());
            }
            (Value::Null, _, Value::String(_)) => return Err(unknown_document()),
            // Nothing here uses extensions, but a client that sends nonsense is told so.
            (Value::String(_), ..) => return Err(Refusal::bad_request("`extensions` must be an object.")),
            _ => return Err(Refusal::bad_request("`query` must be a text.")),
        };
        let operation_name = match take("operationName") {
            Value::Null => None,
            Value::String(name) if name.len() > MOST_NAME => {
                return Err(Refusal::too_large("`operationName`", MOST_NAME, name.len()));
            }
            Value::String(name) => Some(name).filter(|name| !name.is_empty()),
            _ => return Err(Refusal::bad_request("`operationName` must be a text.")),
        };
        let variables = match take("variables") {
            value @ (Value::Null | Value::Object(_)) => Variables::from_value(value),
            _ => return Err(Refusal::bad_request("`variables` must be an object.")),
        };
        Ok(Self { query, operation_name, variables, bytes })
    }
}

/// The words by which clients know that they have to send whole documents.
fn unknown_document() -> Refusal {
    Refusal::new("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
}

/// A request that has passed the guard and has paid.
pub(crate) struct Prepared {
    pub kind: OperationType,
    pub request: Request,
    /// By whom turns are taken.
    pub owner: Owner,
    takes_password: bool,
}

/// Takes a request past the guard, has it paid for, and gives it what resolvers ask for: viewer, address, user agent.
/// Address and account have paid for the request when it came.
///
/// # Errors
/// What the guard says, and `RATE_LIMITED`.
pub(crate) fn prepare(wire: &Wire, asked: Asked, caller: &Caller) -> Result<Prepared, Refusal> {
    let document = wire.guard().check(&asked.query)?;
    let (kind, fields) = document.operation(asked.operation_name.as_deref())?;
    document.check_variables(&asked.variables, asked.bytes)?;
    let bill = Bill::of(kind, &fields, &asked.variables);
    let payer = bill.pay(wire, caller)?;
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
    if kind != OperationType::Subscription {
        request.data.insert(payer);
    }
    Ok(Prepared { kind, request, owner: charge::owner(caller), takes_password: bill.takes_password })
}

/// Executes a query or a mutation, when it is its owner's turn. An account for which much waits to be taken reads no
/// more before that.
pub(crate) async fn execute(wire: &Wire, prepared: Prepared) -> Response {
    let Prepared { kind, request, owner, takes_password } = prepared;
    let gates = &wire.app().gates;
    let work = async {
        if kind == OperationType::Query && matches!(owner, Owner::Account(_)) {
            wire.answers().check(owner)?;
        }
        let gate = if kind == OperationType::Mutation { &gates.mutations } else { &gates.queries };
        let _pass = gate.enter(owner).await?;
        let _hashing = if takes_password { Some(gates.passwords.enter(owner).await?) } else { None };
        Ok::<_, Error>(allowance::within(owner, wire.schema().execute(request)).await)
    };
    match within(wire, work).await {
        Ok(Ok(response)) => tidy(response),
        Ok(Err(error)) => Refusal::from(error).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// Begins a subscription, when it is its owner's turn.
///
/// # Errors
/// A complete response: why it was refused.
pub(crate) async fn begin(wire: &Wire, caller: &Caller, prepared: Prepared) -> Result<Running, Response> {
    let Prepared { request, owner, .. } = prepared;
    let work = async {
        let pass = wire.app().gates.subscriptions.enter(owner).await;
        let _pass = pass.map_err(|error| Refusal::from(error).into_response())?;
        subscribe(wire.app(), owner, caller.viewer, caller.connection, request).await.map_err(tidy)
    };
    match within(wire, work).await {
        Ok(begun) => begun,
        Err(refusal) => Err(refusal.into_response()),
    }
}

/// Writes a response as JSON. Whatever counting while it was made has missed, a larger one is never sent.
pub(crate) fn write(response: &Response) -> Vec<u8> {
    match serde_json::to_vec(response) {
        Ok(json) if json.len() <= RESPONSE_BYTES => json,
        Ok(_) => refused(Refusal::from(size::too_large())),
        Err(error) => refused(internal(&error.to_string())),
    }
}

fn refused(refusal: Refusal) -> Vec<u8> {
    serde_json::to_vec(&refusal.into_response()).unwrap_or_default()
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
