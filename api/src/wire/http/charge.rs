//! Charges operations to budgets before execution, from the document and its variables.
//!
//! Complexity is charged separately. Workspaces are charged only for their members, as known in memory, so
//! naming a foreign workspace reveals nothing and costs it nothing. Costs are defined in [`cost`].

use std::collections::BTreeSet;

use async_graphql::parser::types::OperationType;
use async_graphql::{Value as ConstValue, Variables};
use async_graphql_value::Value;

use super::caller::Caller;
use super::guard::{Field, PASSWORD_MUTATIONS};
use super::state::HttpState;
use crate::ground::budget::{Kind, Payer, cost};
use crate::ground::error::Result;
use crate::ground::id::WorkspaceId;
use crate::ground::page;

/// Maximum number of arguments or input fields that are searched for IDs.
const MAX_FIELDS: usize = 32;

/// The cost of an operation.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct OperationCost {
    /// Excludes the complexity, which is known after validation.
    read: u32,
    write: u32,
    /// Workspaces named in arguments. They may not exist.
    workspaces: BTreeSet<WorkspaceId>,
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
            name_workspaces(field, variables, &mut total.workspaces);
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

/// Collects the workspaces named by the IDs among the arguments of a field and in its `input`. A valid input has fewer
/// fields and IDs than are looked at.
fn name_workspaces(field: &Field, variables: &Variables, named: &mut BTreeSet<WorkspaceId>) {
    for (name, value) in field.arguments.iter().take(MAX_FIELDS) {
        let (name, value) = (name.node.as_str(), &value.node);
        match value {
            Value::Object(fields) => {
                fields.iter().take(MAX_FIELDS).for_each(|(name, value)| by_value(name, value, variables, named));
            }
            Value::Variable(variable) => match variables.get(variable) {
                Some(ConstValue::Object(fields)) => {
                    fields.iter().take(MAX_FIELDS).for_each(|(name, value)| by_constant(name, value, named));
                }
                Some(value) => by_constant(name, value, named),
                None => {}
            },
            value => by_value(name, value, variables, named),
        }
    }
}

fn by_value(name: &str, value: &Value, variables: &Variables, named: &mut BTreeSet<WorkspaceId>) {
    match value {
        Value::String(text) if is_id(name) => named.extend(WorkspaceId::named_by(text)),
        Value::List(items) => items.iter().take(page::MAX).for_each(|item| match item {
            Value::List(_) => {}
            item => by_value(name, item, variables, named),
        }),
        Value::Variable(variable) => {
            if let Some(value) = variables.get(variable) {
                by_constant(name, value, named);
            }
        }
        _ => {}
    }
}

fn by_constant(name: &str, value: &ConstValue, named: &mut BTreeSet<WorkspaceId>) {
    let mut add = |value: &ConstValue| match value {
        ConstValue::String(text) if is_id(name) => named.extend(WorkspaceId::named_by(text)),
        _ => {}
    };
    match value {
        ConstValue::List(items) => items.iter().take(page::MAX).for_each(add),
        value => add(value),
    }
}

/// Whether an argument or field of this name has an ID or several: `id`, `ids`, `channelId`, `memberIds`.
fn is_id(name: &str) -> bool {
    let singular = name.strip_suffix('s').unwrap_or(name);
    singular == "id" || singular.ends_with("Id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::id::ChannelId;
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
        let channel = ChannelId::mint().in_workspace(id).to_string();
        let named = serde_json::json!({
            "w": id.to_string(), "c": channel, "cs": [channel], "input": { "workspaceId": id.to_string() },
            "of": { "text": "x", "channelId": channel },
        });
        for document in [
            format!("{{ boot(workspaceId: \"{id}\") {{ seq }} }}"),
            format!("{{ workspace(id: \"{id}\") {{ id }} }}"),
            format!("mutation {{ markRead(input: {{ workspaceId: \"{id}\" }}) {{ seq }} }}"),
            "query($w: ID!) { boot(workspaceId: $w) { seq } again: boot(workspaceId: $w) { seq } }".to_owned(),
            "mutation($w: ID!) { markRead(input: { workspaceId: $w }) { seq } }".to_owned(),
            "mutation($input: MarkReadInput!) { markRead(input: $input) { seq } }".to_owned(),
            "mutation($of: MarkReadInput!) { markRead(input: $of) { seq } }".to_owned(),
            "mutation($c: ID!) { markRead(input: { channelId: $c }) { seq } }".to_owned(),
            format!("{{ channel(id: \"{channel}\") {{ id }} }}"),
            format!("{{ nodes(ids: [\"{channel}\"]) {{ id }} }}"),
            "query($c: ID!) { nodes(ids: [$c]) { id } }".to_owned(),
            "query($cs: [ID!]!) { nodes(ids: $cs) { id } }".to_owned(),
        ] {
            assert_eq!(cost_of(&document, named.clone()).workspaces, [id].into(), "{document}");
        }
        for document in [
            "{ node(id: \"msg_x\") { id } }".to_owned(),
            "{ boot(workspaceId: 1) { seq } }".to_owned(),
            "{ viewer { id } }".to_owned(),
            format!("{{ switcher(text: \"{channel}\") {{ id }} }}"),
        ] {
            assert!(cost_of(&document, named.clone()).workspaces.is_empty(), "{document}");
        }
    }

    #[test]
    fn finds_all_workspaces_of_a_list() {
        let ids: Vec<WorkspaceId> = (0..3).map(|_| WorkspaceId::mint()).collect();
        let channels: Vec<String> = ids.iter().map(|id| ChannelId::mint().in_workspace(*id).to_string()).collect();
        let cost = cost_of("query($c: [ID!]!) { nodes(ids: $c) { id } }", serde_json::json!({ "c": channels }));
        assert_eq!(cost.workspaces, ids.into_iter().collect());
    }
}
