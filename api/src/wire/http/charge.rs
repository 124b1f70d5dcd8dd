//! Charges operations to budgets before execution, from the document and its variables.
//!
//! Complexity is charged separately. Workspaces are charged only for their members, as known in memory, so
//! naming a foreign workspace reveals nothing and costs it nothing. Costs are defined in [`cost`].

use async_graphql::parser::types::OperationType;
use async_graphql::{Value as ConstValue, Variables};
use async_graphql_value::Value;

use super::caller::Caller;
use super::guard::{Field, PASSWORD_MUTATIONS};
use super::state::HttpState;
use crate::ground::budget::{Kind, Payer, cost};
use crate::ground::error::Result;
use crate::ground::id::WorkspaceId;

/// The cost of an operation.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct OperationCost {
    /// Excludes the complexity, which is known after validation.
    read: u32,
    write: u32,
    /// Workspaces named in arguments. They may not exist.
    workspaces: Vec<WorkspaceId>,
    /// Whether it hashes a password.
    pub hashes_password: bool,
}

impl OperationCost {
    /// Returns the cost of the root fields of an operation.
    pub fn of(kind: OperationType, fields: &[&Field], variables: &Variables) -> Self {
        let mut total = Self::default();
        for field in fields {
            let name = field.name.node.as_str();
            match kind {
                OperationType::Query => total.read = total.read.saturating_add(cost::query(name)),
                OperationType::Mutation => total.write = total.write.saturating_add(cost::mutation(name)),
                OperationType::Subscription => total.read = total.read.saturating_add(cost::subscription(name)),
            }
            total.hashes_password |= PASSWORD_MUTATIONS.contains(&name);
            if let Some(id) = workspace_of(field, variables).filter(|id| !total.workspaces.contains(id)) {
                total.workspaces.push(id);
            }
        }
        total
    }

    /// Charges the cost. Returns the payer of further costs.
    ///
    /// # Errors
    /// `RATE_LIMITED`. A budget of another kind may already have been charged.
    pub fn charge(&self, state: &HttpState, caller: &Caller) -> Result<Payer> {
        let (budgets, logs) = (&state.app().budgets, &state.app().logs);
        let account = caller.account();
        let is_member = |id: &&WorkspaceId| {
            let log = logs.peek(**id).zip(account);
            log.is_some_and(|(log, account)| log.fork().active_member_of(account).is_some())
        };
        let workspaces = self.workspaces.iter().filter(is_member).copied().collect();
        let payer = Payer::new(account, caller.address.0).with_workspaces(workspaces);
        if self.write > 0 {
            budgets.take(&payer, Kind::Write, f64::from(self.write))?;
        }
        if self.read > 0 {
            budgets.take(&payer, Kind::Read, f64::from(self.read))?;
        }
        Ok(payer)
    }
}

/// Charges a request before it is parsed.
///
/// # Errors
/// `RATE_LIMITED`.
pub(super) fn request(state: &HttpState, payer: &Payer) -> Result<()> {
    state.app().budgets.take(payer, Kind::Read, f64::from(cost::REQUEST))
}

/// Charges a request to the account, if known.
///
/// # Errors
/// `RATE_LIMITED`.
pub(super) fn request_to_account(state: &HttpState, caller: &Caller) -> Result<()> {
    caller.account().map_or(Ok(()), |account| request(state, &Payer::for_account(account)))
}

/// Charges a new live connection to the IP address, before anything else is checked.
///
/// # Errors
/// `RATE_LIMITED`.
pub(super) fn socket(state: &HttpState, caller: &Caller) -> Result<()> {
    state.app().budgets.take(&Payer::for_address(caller.address.0), Kind::Read, f64::from(cost::SOCKET))
}

/// Charges a new live connection to the account, if known.
///
/// # Errors
/// `RATE_LIMITED`.
pub(super) fn socket_to_account(state: &HttpState, caller: &Caller) -> Result<()> {
    let payer = caller.account().map(Payer::for_account);
    payer.map_or(Ok(()), |payer| state.app().budgets.take(&payer, Kind::Read, f64::from(cost::SOCKET)))
}

/// Charges a WebSocket control message.
///
/// # Errors
/// `RATE_LIMITED`.
pub(super) fn control_message(state: &HttpState, caller: &Caller) -> Result<()> {
    let payer = Payer::new(caller.account(), caller.address.0);
    state.app().budgets.take(&payer, Kind::Read, f64::from(cost::CONTROL))
}

/// Returns the workspace that a field names in `workspaceId`, `input.workspaceId` or `id`.
fn workspace_of(field: &Field, variables: &Variables) -> Option<WorkspaceId> {
    let argument = |wanted: &str| {
        let found = field.arguments.iter().find(|(name, _)| name.node == wanted);
        found.map(|(_, value)| &value.node)
    };
    if let Some(input) = argument("input") {
        return match input {
            Value::Object(fields) => as_string(fields.get("workspaceId")?, variables)?.parse().ok(),
            Value::Variable(name) => match variables.get(name)? {
                ConstValue::Object(fields) => as_workspace_id(fields.get("workspaceId")?),
                _ => None,
            },
            _ => None,
        };
    }
    as_string(argument("workspaceId").or_else(|| argument("id"))?, variables)?.parse().ok()
}

fn as_string<'a>(value: &'a Value, variables: &'a Variables) -> Option<&'a str> {
    match value {
        Value::String(text) => Some(text),
        Value::Variable(name) => match variables.get(name)? {
            ConstValue::String(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn as_workspace_id(value: &ConstValue) -> Option<WorkspaceId> {
    match value {
        ConstValue::String(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::http::guard::Guard;

    fn cost_of(document: &str, variables: serde_json::Value) -> OperationCost {
        let document = Guard::new().check(document).unwrap_or_else(|refusal| panic!("{refusal:?}"));
        let (kind, fields) = document.operation(None).unwrap_or_else(|refusal| panic!("{refusal:?}"));
        OperationCost::of(kind, &fields, &Variables::from_json(variables))
    }

    #[test]
    fn counts_fields_in_fragments_and_aliases() {
        let many = cost_of(
            "mutation { a: createChannel(input: {}) { seq } ...F } fragment F on Mutation { b: addReaction { seq } }",
            serde_json::json!({}),
        );
        assert_eq!(many.write, cost::mutation("createChannel") + cost::mutation("addReaction"));
        assert_eq!((many.read, many.hashes_password), (0, false));
        let twice = cost_of("{ a: search { x } b: search { x } server { version } }", serde_json::json!({}));
        assert_eq!(twice.read, 2 * cost::query("search"));
        assert_eq!(cost_of("subscription { events { x } }", serde_json::json!({})).read, cost::subscription("events"));
        assert!(cost_of("mutation { signIn(input: {}) { token } }", serde_json::json!({})).hashes_password);
    }

    #[test]
    fn finds_workspaces_in_arguments_and_variables() {
        let id = WorkspaceId::mint();
        let named = serde_json::json!({ "w": id.to_string(), "input": { "workspaceId": id.to_string() } });
        for document in [
            format!("{{ boot(workspaceId: \"{id}\") {{ seq }} }}"),
            format!("{{ workspace(id: \"{id}\") {{ id }} }}"),
            format!("mutation {{ markRead(input: {{ workspaceId: \"{id}\" }}) {{ seq }} }}"),
            "query($w: ID!) { boot(workspaceId: $w) { seq } again: boot(workspaceId: $w) { seq } }".to_owned(),
            "mutation($w: ID!) { markRead(input: { workspaceId: $w }) { seq } }".to_owned(),
            "mutation($input: MarkReadInput!) { markRead(input: $input) { seq } }".to_owned(),
        ] {
            assert_eq!(cost_of(&document, named.clone()).workspaces, [id], "{document}");
        }
        for document in ["{ node(id: \"msg_x\") { id } }", "{ boot(workspaceId: 1) { seq } }", "{ viewer { id } }"] {
            assert!(cost_of(document, named.clone()).workspaces.is_empty(), "{document}");
        }
    }
}
