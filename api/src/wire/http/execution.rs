//! Executes GraphQL requests, independently of the transport.
//!
//! Executes only documents that passed the guard. An execution ends within its timeout. A
//! panic in a resolver only fails its own response.

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response};

use super::caller::Caller;
use super::charge::OperationCost;
use super::refusal::{Refusal, normalize_errors};
use super::state::HttpState;
use super::timeout::with_timeout;
use crate::ground::allowance;
use crate::ground::budget::Owner;
use crate::ground::error::Error;
use crate::wire::graphql::subscription::{Running, subscribe};

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
pub(crate) fn prepare(state: &HttpState, request: Request, caller: &Caller) -> Result<Prepared, Refusal> {
    let document = state.guard().check(&request.query)?;
    let (kind, fields) = document.operation(request.operation_name.as_deref())?;
    document.check_variables(&request.variables)?;
    let cost = OperationCost::of(kind, &fields, &request.variables);
    let payer = cost.charge(state, caller)?;
    let mut request =
        document.attach(request).data(caller.address).data(caller.user_agent.clone()).data(caller.base_url.clone());
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
