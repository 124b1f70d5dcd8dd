//! What it costs to read one page of something of which there is much.

use std::time::Duration;

use serde_json::json;

use super::cost::{Bound, Cost, Figures};
use super::database::{Kind, id_of};
use super::rows::plain_members;
use super::stage::{Place, Stage};
use crate::Result;

/// How often a page is read.
const TIMES: usize = 9;
/// Emoji that somebody has reacted with.
const EMOJI: u64 = 24;
const BOTH: &[Place] = &[Place::Sqlite, Place::Postgres];
const MEMBERS: &str = "query M($w: ID!) { workspace(id: $w) { members(first: 50) { nodes { id handle name } } } }";
const OF_CHANNEL: &str = "query C($w: ID!, $c: ID!) { channel(workspaceId: $w, id: $c) { members(first: 50) { nodes { id handle name } } } }";
const INVITES: &str = "query I($w: ID!) { workspace(id: $w) { invites { id uses } } }";
const MESSAGE: &str = "query N($w: ID!, $m: ID!) { node(workspaceId: $w, id: $m) { ... on Message { id \
    reactions { emoji count viewerReacted members { id } } } } }";

/// The costs of pages.
pub const COSTS: &[Cost] = &[
    Cost {
        name: "members-page",
        what: "a page of members of a workspace of N",
        places: BOTH,
        sizes: [100, 1_000, 10_000],
        short: Some([60, 600, 6_000]),
        bound: Bound::Flat,
        prepare: |stage, n| Box::pin(async move { stage.database.execute(&plain_members(stage, n)).await }),
        measure: |stage, _| {
            Box::pin(async move {
                let variables = json!({ "w": stage.owner.workspace });
                page(stage, MEMBERS, variables).await
            })
        },
    },
    Cost {
        name: "channel-members-page",
        what: "a page of the 600 members of a channel in a workspace of N",
        places: &[Place::Sqlite],
        sizes: [1_000, 10_000, 100_000],
        short: None,
        // They are looked for among all members, who are in order.
        bound: Bound::Proportional,
        prepare: |stage, n| Box::pin(large_channel(stage, n)),
        measure: |stage, _| {
            Box::pin(async move {
                let channel = format!("chn_{}", id_of(Kind::Channel, 1));
                let variables = json!({ "w": stage.owner.workspace, "c": channel });
                page(stage, OF_CHANNEL, variables).await
            })
        },
    },
    Cost {
        name: "invites",
        what: "the invites that work, beside N that do not",
        places: BOTH,
        sizes: [100, 1_000, 10_000],
        short: Some([30, 300, 3_000]),
        bound: Bound::Flat,
        prepare: |stage, n| Box::pin(invites(stage, n)),
        measure: |stage, _| {
            Box::pin(async move {
                let variables = json!({ "w": stage.owner.workspace });
                page(stage, INVITES, variables).await
            })
        },
    },
    Cost {
        name: "reactions-read",
        what: "a message with N reactions of others",
        places: BOTH,
        // Of each of 24 emoji the first 20 are read.
        sizes: [1_000, 10_000, 100_000],
        short: Some([500, 1_000, 5_000]),
        bound: Bound::Flat,
        prepare: |stage, n| Box::pin(reactions(stage, n)),
        measure: |stage, _| {
            Box::pin(async move {
                let message = format!("msg_{}", id_of(Kind::Message, 1));
                let variables = json!({ "w": stage.owner.workspace, "m": message });
                page(stage, MESSAGE, variables).await
            })
        },
    },
];

async fn page(stage: &mut Stage, document: &str, variables: serde_json::Value) -> Result<Figures> {
    let does = async |api: &mut crate::ground::Api, _| api.query(document, variables.clone()).await.map(drop);
    stage.sample(TIMES, Duration::ZERO, does).await
}

/// A private channel of the owner and the 600 members who come last by name.
async fn large_channel(stage: &Stage, n: u64) -> Result<()> {
    let (database, owner) = (&stage.database, &stage.owner);
    let (workspace, channel) = (database.literal(&owner.workspace), database.id(Kind::Channel, "1"));
    let mut statements = super::rows::members(stage, n, "'m' || i", "'Member ' || (1000000 + i)");
    statements.push(format!(
        "INSERT INTO channel (workspace_id, id, kind, name, topic, created_by, created_at, created_seq) \
         VALUES ({workspace}, {channel}, 'private', 'large', '', {}, 1, 1)",
        database.literal(&owner.member)
    ));
    let into = "INSERT INTO channel_member (workspace_id, channel_id, member_id, joined_seq)";
    statements.push(format!(
        "{into} SELECT {workspace}, {channel}, {}, 1 FROM {}",
        database.id(Kind::Member, &format!("({n} - 600 + i)")),
        database.series(600)
    ));
    statements.push(format!("{into} VALUES ({workspace}, {channel}, {}, 1)", database.literal(&owner.member)));
    database.execute(&statements).await
}

/// A third each is revoked, expired and used up.
async fn invites(stage: &Stage, n: u64) -> Result<()> {
    let (database, owner) = (&stage.database, &stage.owner);
    let insert = format!(
        "INSERT INTO invite (workspace_id, id, created_by, created_at, expires_at, max_uses, uses, revoked) \
         SELECT {}, {}, {}, 1, CASE WHEN i % 3 = 0 THEN 2 END, CASE WHEN i % 3 = 1 THEN 1 END, 1, i % 3 = 2 FROM {}",
        database.literal(&owner.workspace),
        database.id(Kind::Invite, "i"),
        database.literal(&owner.member),
        database.series(n)
    );
    database.execute(&[insert]).await
}

/// So many reactions to one message in the first channel: each member reacts with 24 emoji.
pub async fn reactions(stage: &Stage, n: u64) -> Result<()> {
    let (database, owner) = (&stage.database, &stage.owner);
    let workspace = database.literal(&owner.workspace);
    let message = database.id(Kind::Message, "1");
    let mut statements = plain_members(stage, n / EMOJI + 1);
    statements.push(format!(
        "INSERT INTO message (workspace_id, id, seq, channel_id, author_id, text, mentions, created_at, edits, replies, \
         files) VALUES ({workspace}, {message}, 1, {}, {}, 'Hello', '{{}}', 1, 0, 0, 0)",
        database.literal(&owner.general),
        database.literal(&owner.member)
    ));
    // The faces of a clock: 128336 is one o.clock.
    let emoji = match database.is_sqlite() {
        true => format!("char(128336 + i % {EMOJI})"),
        false => format!("chr(128336 + i % {EMOJI})"),
    };
    statements.push(format!(
        "INSERT INTO reaction (workspace_id, message_id, emoji, member_id, seq) \
         SELECT {workspace}, {message}, {emoji}, {}, i FROM {}",
        database.id(Kind::Member, &format!("(i / {EMOJI} + 1)")),
        database.series(n)
    ));
    statements.push(
        "INSERT INTO reaction_total (workspace_id, message_id, emoji, count, first_seq) \
         SELECT workspace_id, message_id, emoji, count(*), min(seq) FROM reaction \
         GROUP BY workspace_id, message_id, emoji"
            .into(),
    );
    database.execute(&statements).await
}
