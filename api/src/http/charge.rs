//! What an operation costs beside its complexity, and who pays: from the document and its variables, before anything
//! of it runs.
//!
//! Promises: a workspace pays only for its members, as memory knows them; whoever names one that is not theirs learns
//! nothing by it and takes nothing from it. What things cost stands in [`cost`].

use async_graphql::parser::types::OperationType;
use async_graphql::{Value as Given, Variables};
use async_graphql_value::Value;

use super::Wire;
use super::caller::Caller;
use super::guard::{Field, ONCE};
use crate::budget::{Kind, Owner, Payer, cost};
use crate::error::Result;
use crate::id::WorkspaceId;
use crate::network;

/// What an operation costs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Bill {
    /// Beside the complexity, which is known when the document has been validated.
    read: u32,
    write: u32,
    /// What it names, whether it is there or not.
    workspaces: Vec<WorkspaceId>,
    /// Whether a password is hashed for it.
    pub takes_password: bool,
}

impl Bill {
    /// The bill for the fields at the root of an operation.
    pub fn of(kind: OperationType, fields: &[&Field], variables: &Variables) -> Self {
        let mut bill = Self::default();
        for field in fields {
            let name = field.name.node.as_str();
            match kind {
                OperationType::Query => bill.read = bill.read.saturating_add(cost::query(name)),
                OperationType::Mutation => bill.write = bill.write.saturating_add(cost::mutation(name)),
                OperationType::Subscription => bill.read = bill.read.saturating_add(cost::subscription(name)),
            }
            bill.takes_password |= ONCE.contains(&name);
            if let Some(id) = workspace(field, variables).filter(|id| !bill.workspaces.contains(id)) {
                bill.workspaces.push(id);
            }
        }
        bill
    }

    /// Has it paid, and answers who pays for the rest.
    ///
    /// # Errors
    /// `RATE_LIMITED`: then nothing was paid but what belongs to a budget that had enough.
    pub fn pay(&self, wire: &Wire, caller: &Caller) -> Result<Payer> {
        let (budgets, rooms) = (&wire.app().budgets, &wire.app().rooms);
        let account = caller.account();
        let is_member = |id: &&WorkspaceId| {
            let room = rooms.peek(**id).zip(account);
            room.is_some_and(|(room, account)| room.fork().active_member_of(account).is_some())
        };
        let workspaces = self.workspaces.iter().filter(is_member).copied().collect();
        let payer = Payer::new(account, caller.address.0).with(workspaces);
        if self.write > 0 {
            budgets.take(&payer, Kind::Write, f64::from(self.write))?;
        }
        if self.read > 0 {
            budgets.take(&payer, Kind::Read, f64::from(self.read))?;
        }
        Ok(payer)
    }
}

/// Whoever sends something pays for a request, before it is looked at.
///
/// # Errors
/// `RATE_LIMITED`.
pub(super) fn arrive(wire: &Wire, payer: &Payer) -> Result<()> {
    wire.app().budgets.take(payer, Kind::Read, f64::from(cost::REQUEST))
}

/// The account pays for it as well, when it is known.
///
/// # Errors
/// `RATE_LIMITED`.
pub(super) fn arrive_as(wire: &Wire, caller: &Caller) -> Result<()> {
    caller.account().map_or(Ok(()), |account| arrive(wire, &Payer::of_account(account)))
}

/// The address pays for a live connection that opens, before anything else of it is looked at.
///
/// # Errors
/// `RATE_LIMITED`.
pub(super) fn open(wire: &Wire, caller: &Caller) -> Result<()> {
    wire.app().budgets.take(&Payer::of_address(caller.address.0), Kind::Read, f64::from(cost::SOCKET))
}

/// The account pays for it as well, when it is known.
///
/// # Errors
/// `RATE_LIMITED`.
pub(super) fn open_as(wire: &Wire, caller: &Caller) -> Result<()> {
    let payer = caller.account().map(Payer::of_account);
    payer.map_or(Ok(()), |payer| wire.app().budgets.take(&payer, Kind::Read, f64::from(cost::SOCKET)))
}

/// Whoever says something on a socket that asks for nothing pays for it as well.
///
/// # Errors
/// `RATE_LIMITED`.
pub(super) fn control(wire: &Wire, caller: &Caller) -> Result<()> {
    let payer = Payer::new(caller.account(), caller.address.0);
    wire.app().budgets.take(&payer, Kind::Read, f64::from(cost::CONTROL))
}

/// By whom turns are taken.
pub(super) fn owner(caller: &Caller) -> Owner {
    caller.account().map_or_else(|| Owner::Address(network::client(caller.address.0)), Owner::Account)
}

/// The workspace that a field names: by `workspaceId`, by that of its `input`, or by `id`.
fn workspace(field: &Field, variables: &Variables) -> Option<WorkspaceId> {
    let argument = |wanted: &str| {
        let found = field.arguments.iter().find(|(name, _)| name.node == wanted);
        found.map(|(_, value)| &value.node)
    };
    if let Some(input) = argument("input") {
        return match input {
            Value::Object(fields) => text(fields.get("workspaceId")?, variables)?.parse().ok(),
            Value::Variable(name) => match variables.get(name)? {
                Given::Object(fields) => id(fields.get("workspaceId")?),
                _ => None,
            },
            _ => None,
        };
    }
    text(argument("workspaceId").or_else(|| argument("id"))?, variables)?.parse().ok()
}

fn text<'a>(value: &'a Value, variables: &'a Variables) -> Option<&'a str> {
    match value {
        Value::String(text) => Some(text),
        Value::Variable(name) => match variables.get(name)? {
            Given::String(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn id(value: &Given) -> Option<WorkspaceId> {
    match value {
        Given::String(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::guard::Guard;

    fn bill(document: &str, variables: serde_json::Value) -> Bill {
        let document = Guard::new().check(document).unwrap_or_else(|refusal| panic!("{refusal:?}"));
        let (kind, fields) = document.operation(None).unwrap_or_else(|refusal| panic!("{refusal:?}"));
        Bill::of(kind, &fields, &Variables::from_json(variables))
    }

    #[test]
    fn every_field_counts_also_in_fragments_and_under_aliases() {
        let many = bill(
            "mutation { a: createChannel(input: {}) { seq } ...F } fragment F on Mutation { b: addReaction { seq } }",
            serde_json::json!({}),
        );
        assert_eq!(many.write, cost::mutation("createChannel") + cost::mutation("addReaction"));
        assert_eq!((many.read, many.takes_password), (0, false));
        let twice = bill("{ a: search { x } b: search { x } server { version } }", serde_json::json!({}));
        assert_eq!(twice.read, 2 * cost::query("search"));
        assert_eq!(bill("subscription { events { x } }", serde_json::json!({})).read, cost::subscription("events"));
        assert!(bill("mutation { signIn(input: {}) { token } }", serde_json::json!({})).takes_password);
    }

    #[test]
    fn a_workspace_is_found_wherever_it_is_named() {
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
            assert_eq!(bill(&document, named.clone()).workspaces, [id], "{document}");
        }
        for document in ["{ node(id: \"msg_x\") { id } }", "{ boot(workspaceId: 1) { seq } }", "{ viewer { id } }"] {
            assert!(bill(document, named.clone()).workspaces.is_empty(), "{document}");
        }
    }
}
