//! The cost of reading one page of a large collection.

use std::time::Duration;

use serde_json::{Value, json};
use testbed::client::Client;
use testbed::id::in_workspace;

use super::cost::{Cost, Figures};
use super::database::{IdKind, id_of};
use super::instance::{Backend, Instance, Owner};
use super::rows::{members, plain_members};
use crate::Result;

/// Samples per page.
const SAMPLE_COUNT: usize = 9;
/// Number of emoji with reactions.
const EMOJI_COUNT: u64 = 24;
const MEMBERS: &str = "query M($w: ID!) { workspace(id: $w) { members(first: 50) { nodes { id handle name } } } }";
const CHANNEL_MEMBERS: &str =
    "query C($c: ID!) { channel(id: $c) { members(first: 50) { nodes { id handle name } } } }";
const INVITES: &str = "query I($w: ID!) { workspace(id: $w) { invites { id uses } } }";
const MESSAGE: &str = "query N($m: ID!) { node(id: $m) { ... on Message { id \
    reactions { emoji count viewerReacted members { id } } } } }";

/// The costs of pages.
pub const COSTS: &[Cost] = &[
    Cost::new("members-page", "page of members, workspace of N members", |instance, _| {
        Box::pin(page(instance, MEMBERS, |owner| json!({ "w": owner.workspace })))
    })
    .short([60, 600, 6_000])
    .with(plain_members),
    Cost::new("channel-members-page", "page of a 600-member channel, workspace of N members", |instance, _| {
        let variables =
            |owner: &Owner| json!({ "c": in_workspace(&owner.workspace, "chn_", id_of(IdKind::Channel, 1)) });
        Box::pin(page(instance, CHANNEL_MEMBERS, variables))
    })
    .on(&[Backend::Sqlite])
    .sizes([1_000, 10_000, 100_000])
    .with(large_channel),
    Cost::new("invites", "valid invites, N invalid ones", |instance, _| {
        Box::pin(page(instance, INVITES, |owner| json!({ "w": owner.workspace })))
    })
    .short([30, 300, 3_000])
    .with(invites),
    // The first 20 reactions of each of 24 emoji are read.
    Cost::new("reactions-read", "read a message with N reactions", |instance, _| {
        let variables =
            |owner: &Owner| json!({ "m": in_workspace(&owner.workspace, "msg_", id_of(IdKind::Message, 1)) });
        Box::pin(page(instance, MESSAGE, variables))
    })
    .sizes([1_000, 10_000, 100_000])
    .short([500, 1_000, 5_000])
    .with(reactions),
];

async fn page(instance: &mut Instance, document: &str, variables: impl Fn(&Owner) -> Value) -> Result<Figures> {
    let variables = variables(&instance.owner);
    let operation = async |api: &mut Client, _| {
        api.try_query(document, variables.clone()).await?;
        Ok(())
    };
    instance.sample(SAMPLE_COUNT, Duration::ZERO, operation).await
}

/// A private channel with the owner and the 600 members that sort last by name.
fn large_channel(instance: &Instance, n: u64) -> Vec<String> {
    let (database, owner) = (&instance.database, &instance.owner);
    let (workspace, channel) = (database.literal(&owner.workspace), database.id(IdKind::Channel, "1"));
    let mut statements = members(instance, n, "'m' || i", "'Member ' || (1000000 + i)");
    statements.push(format!(
        "INSERT INTO channel (workspace_id, id, kind, name, topic, created_by, created_at, created_seq) \
         VALUES ({workspace}, {channel}, 'private', 'large', '', {}, 1, 1)",
        database.literal(&owner.member)
    ));
    let into = "INSERT INTO channel_member (workspace_id, channel_id, member_id, joined_seq)";
    statements.push(format!(
        "{into} SELECT {workspace}, {channel}, {}, 1 FROM {}",
        database.id(IdKind::Member, &format!("({n} - 600 + i)")),
        database.series(600)
    ));
    statements.push(format!("{into} VALUES ({workspace}, {channel}, {}, 1)", database.literal(&owner.member)));
    statements
}

/// Invites of which a third each is revoked, expired and used up.
fn invites(instance: &Instance, n: u64) -> Vec<String> {
    let (database, owner) = (&instance.database, &instance.owner);
    vec![format!(
        "INSERT INTO invite (workspace_id, id, created_by, created_at, expires_at, max_uses, uses, revoked) \
         SELECT {}, {}, {}, 1, CASE WHEN i % 3 = 0 THEN 2 END, CASE WHEN i % 3 = 1 THEN 1 END, 1, i % 3 = 2 FROM {}",
        database.literal(&owner.workspace),
        database.id(IdKind::Invite, "i"),
        database.literal(&owner.member),
        database.series(n)
    )]
}

/// `n` reactions to one message in the first channel: each member reacts with 24 emoji.
pub fn reactions(instance: &Instance, n: u64) -> Vec<String> {
    let (database, owner) = (&instance.database, &instance.owner);
    let workspace = database.literal(&owner.workspace);
    let message = database.id(IdKind::Message, "1");
    let mut statements = plain_members(instance, n / EMOJI_COUNT + 1);
    statements.push(format!(
        "INSERT INTO message (workspace_id, id, seq, channel_id, author_id, text, mentions, created_at, edits, replies, \
         files) VALUES ({workspace}, {message}, 1, {}, {}, 'Hello', '{{}}', 1, 0, 0, 0)",
        database.literal(&owner.general),
        database.literal(&owner.member)
    ));
    // Clock faces: 128336 is one o'clock.
    let emoji = match database.is_sqlite() {
        true => format!("char(128336 + i % {EMOJI_COUNT})"),
        false => format!("chr(128336 + i % {EMOJI_COUNT})"),
    };
    statements.push(format!(
        "INSERT INTO reaction (workspace_id, message_id, emoji, member_id, seq) \
         SELECT {workspace}, {message}, {emoji}, {}, i FROM {}",
        database.id(IdKind::Member, &format!("(i / {EMOJI_COUNT} + 1)")),
        database.series(n)
    ));
    statements.push(
        "INSERT INTO reaction_total (workspace_id, message_id, emoji, count, first_seq) \
         SELECT workspace_id, message_id, emoji, count(*), min(seq) FROM reaction \
         GROUP BY workspace_id, message_id, emoji"
            .into(),
    );
    statements
}
