//! Executes GraphQL requests, independently of the transport.
//!
//! Executes only documents that passed the guard. An execution ends within its timeout. A
//! panic in a resolver only fails its own response.

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, Value, Variables};

use super::caller::Caller;
use super::charge::OperationCost;
use super::refusal::{Refusal, normalize_errors};
use super::state::HttpState;
use super::timeout::with_timeout;
use crate::ground::allowance;
use crate::ground::budget::Owner;
use crate::ground::error::Error;
use crate::wire::graphql::subscription::{Running, subscribe};

/// Maximum length of an operation name, in bytes.
const MAX_OPERATION_NAME_BYTES: usize = 256;

/// A GraphQL request with a valid shape.
pub(crate) struct GraphqlRequest {
    pub query: String,
    pub operation_name: Option<String>,
    pub variables: Variables,
    /// Size of the message that contained the request.
    pub bytes: usize,
}

impl GraphqlRequest {
    /// Parses a JSON value.
    ///
    /// # Errors
    /// `BAD_REQUEST` unless the value is an object with a string `query` and, if present, a string
    /// `operationName` and objects `variables` and `extensions`. `PERSISTED_QUERY_NOT_SUPPORTED` if it names
    /// its document by a hash or an ID.
    pub fn parse(value: Value, bytes: usize) -> Result<Self, Refusal> {
        let Value::Object(mut fields) = value else {
            return Err(Refusal::bad_request("A GraphQL request must be a JSON object."));
        };
        let mut take = |name| fields.swap_remove(name).unwrap_or_default();
        let query = match (take("query"), take("extensions"), take("documentId")) {
            (Value::String(query), Value::Null | Value::Object(_), _) => query,
            // Clients with automatic persisted queries retry with the full document.
            (Value::Null, Value::Object(extensions), _) if extensions.contains_key("persistedQuery") => {
                return Err(persisted_query_not_supported());
            }
            (Value::Null, _, Value::String(_)) => return Err(persisted_query_not_supported()),
            // Extensions are not used, but must be valid.
            (Value::String(_), ..) => return Err(Refusal::bad_request("`extensions` must be an object.")),
            _ => return Err(Refusal::bad_request("`query` must be a string.")),
        };
        let operation_name = match take("operationName") {
            Value::Null => None,
            Value::String(name) if name.len() > MAX_OPERATION_NAME_BYTES => {
                return Err(Refusal::too_large("`operationName`", MAX_OPERATION_NAME_BYTES, name.len()));
            }
            Value::String(name) => Some(name).filter(|name| !name.is_empty()),
            _ => return Err(Refusal::bad_request("`operationName` must be a string.")),
        };
        let variables = match take("variables") {
            value @ (Value::Null | Value::Object(_)) => Variables::from_value(value),
            _ => return Err(Refusal::bad_request("`variables` must be an object.")),
        };
        Ok(Self { query, operation_name, variables, bytes })
    }
}

/// The message by which clients recognize that they must send full documents.
fn persisted_query_not_supported() -> Refusal {
    Refusal::new("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
}

/// A request that has passed the guard and has been charged.
pub(crate) struct Prepared {
    pub kind: OperationType,
    pub request: Request,
    /// The owner of permits and pending responses.
    pub owner: Owner,
    hashes_password: bool,
}

/// Checks and charges a request, and adds the context data of resolvers. The request itself has already been
/// charged on receipt.
///
/// # Errors
/// Errors of the guard, and `RATE_LIMITED`.
pub(crate) fn prepare(
    state: &HttpState,
    graphql_request: GraphqlRequest,
    caller: &Caller,
) -> Result<Prepared, Refusal> {
    let document = state.guard().check(&graphql_request.query)?;
    let (kind, fields) = document.operation(graphql_request.operation_name.as_deref())?;
    document.check_variables(&graphql_request.variables, graphql_request.bytes)?;
    let cost = OperationCost::of(kind, &fields, &graphql_request.variables);
    let payer = cost.charge(state, caller)?;
    let mut request = document
        .request(graphql_request.query)
        .variables(graphql_request.variables)
        .data(caller.address)
        .data(caller.user_agent.clone())
        .data(caller.base_url.clone());
    request.operation_name = graphql_request.operation_name;
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
    Ok(Prepared { kind, request, owner: caller.owner(), hashes_password: cost.hashes_password })
}

/// Executes a query or mutation with a permit of its owner. An account with too many pending responses must
/// read them before it may query again.
pub(crate) async fn execute(state: &HttpState, prepared: Prepared) -> Response {
    let Prepared { kind, request, owner, hashes_password } = prepared;
    let semaphores = &state.app().semaphores;
    let work = async {
        if kind == OperationType::Query && matches!(owner, Owner::Account(_)) {
            state.response_budget().require_capacity(owner)?;
        }
        let semaphore = if kind == OperationType::Mutation { &semaphores.mutations } else { &semaphores.queries };
        let _permit = semaphore.acquire(owner).await?;
        let _hashing = if hashes_password { Some(semaphores.passwords.acquire(owner).await?) } else { None };
        Ok::<_, Error>(allowance::scope(owner, state.schema().execute(request)).await)
    };
    match with_timeout(state, work).await {
        Ok(Ok(response)) => normalize_errors(response),
        Ok(Err(error)) => Refusal::from(error).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// Starts a subscription with a permit of its owner.
///
/// # Errors
/// Returns the complete error response.
pub(crate) async fn start_subscription(
    state: &HttpState,
    caller: &Caller,
    prepared: Prepared,
) -> Result<Running, Response> {
    let Prepared { request, owner, .. } = prepared;
    let work = async {
        let pass = state.app().semaphores.subscriptions.acquire(owner).await;
        let _permit = pass.map_err(|error| Refusal::from(error).into_response())?;
        subscribe(state.app(), owner, caller.viewer, caller.connection, request).await.map_err(normalize_errors)
    };
    match with_timeout(state, work).await {
        Ok(started) => started,
        Err(refusal) => Err(refusal.into_response()),
    }
}
