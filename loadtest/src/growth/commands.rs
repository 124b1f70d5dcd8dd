//! What one command costs by what is around it, with what follows it: notifications, delivery, the search index.

use serde_json::{Value, json};

use super::cost::{Bound, Cost, Figures};
use super::database::{Kind, id_of};
use super::pages::reactions;
use super::rows::{members, plain_members, sessions, token, workspaces};
use super::stage::{Place, SETTLE, Stage};
use crate::Result;
use crate::ground::{Api, mint, text};

/// How often a command is given.
const TIMES: usize = 7;
const BOTH: &[Place] = &[Place::Sqlite, Place::Postgres];
const SEND: &str = "mutation S($input: SendMessageInput!) { sendMessage(input: $input) { message { id seq } } }";
const REACT: &str = "mutation R($input: AddReactionInput!) { addReaction(input: $input) { seq } }";
const JOIN: &str = "mutation J($input: JoinChannelInput!) { joinChannel(input: $input) { seq } }";
const LEAVE: &str = "mutation L($input: LeaveChannelInput!) { leaveChannel(input: $input) { seq } }";
const INVITE: &str = "mutation I($input: CreateInviteInput!) { createInvite(input: $input) { url } }";
const ACCEPT: &str = "mutation A($input: AcceptInviteInput!) { acceptInvite(input: $input) { workspace { id } } }";
/// Emoji that nobody has reacted with.
const EMOJI: [&str; 8] = ["👍", "👎", "🎉", "🚀", "👀", "🐢", "🌊", "🔥"];

/// The costs of commands.
pub const COSTS: &[Cost] = &[
    Cost {
        name: "react",
        what: "a reaction to a message with N of others",
        places: BOTH,
        sizes: [1_000, 10_000, 100_000],
        short: Some([30, 300, 3_000]),
        bound: Bound::Flat,
        prepare: |stage, n| Box::pin(reactions(stage, n)),
        measure: |stage, _| Box::pin(react(stage)),
    },
    Cost {
        name: "same-name",
        what: "joining with the name of N people",
        places: BOTH,
        sizes: [100, 1_000, 10_000],
        short: None,
        bound: Bound::Flat,
        prepare: |stage, n| Box::pin(namesakes(stage, n)),
        measure: |stage, _| Box::pin(accept(stage)),
    },
    Cost {
        name: "send-channels",
        what: "a message in a workspace of N channels",
        places: BOTH,
        sizes: [100, 1_000, 10_000],
        short: Some([30, 300, 3_000]),
        bound: Bound::Flat,
        prepare: |stage, n| Box::pin(channels(stage, n)),
        measure: |stage, _| Box::pin(send(stage, "Hello")),
    },
    Cost {
        name: "send-members",
        what: "a message in a channel of N members",
        places: BOTH,
        sizes: [100, 1_000, 10_000],
        short: Some([30, 300, 3_000]),
        bound: Bound::Flat,
        prepare: |stage, n| Box::pin(async move { stage.database.execute(&plain_members(stage, n)).await }),
        measure: |stage, _| Box::pin(send(stage, "Hello")),
    },
    Cost {
        name: "send-to-all",
        what: "`@channel` in a channel of N members",
        places: BOTH,
        sizes: [100, 1_000, 10_000],
        short: Some([30, 300, 3_000]),
        bound: Bound::Flat,
        prepare: |stage, n| Box::pin(async move { stage.database.execute(&plain_members(stage, n)).await }),
        measure: |stage, _| Box::pin(send(stage, "<!channel> Hello")),
    },
    Cost {
        name: "come-and-go",
        what: "leaving and joining a channel of N members",
        places: BOTH,
        sizes: [100, 1_000, 10_000],
        short: Some([30, 300, 3_000]),
        bound: Bound::Flat,
        prepare: |stage, n| Box::pin(async move { stage.database.execute(&plain_members(stage, n)).await }),
        measure: |stage, _| Box::pin(come_and_go(stage)),
    },
    Cost {
        name: "send-workspaces",
        what: "a message, beside N workspaces in which nothing happens",
        places: &[Place::Sqlite, Place::Postgres, Place::Fleet],
        sizes: [100, 1_000, 10_000],
        short: Some([30, 300, 3_000]),
        // The readers of the log look at the heads of all logs when they are woken.
        bound: Bound::Flat,
        prepare: |stage, n| Box::pin(async move { stage.database.execute(&workspaces(stage, n)).await }),
        measure: |stage, _| Box::pin(send(stage, "Hello")),
    },
];

async fn send(stage: &mut Stage, text: &str) -> Result<Figures> {
    let owner = stage.owner.clone();
    let does = async |api: &mut Api, nth| {
        let text = format!("{text} {nth}");
        let input = json!({ "workspaceId": owner.workspace, "id": mint("msg_"), "channelId": owner.general,
            "text": text, "confirmChannelMention": true });
        api.call(SEND, input).await.map(drop)
    };
    stage.sample(TIMES, SETTLE, does).await
}

async fn react(stage: &mut Stage) -> Result<Figures> {
    let owner = stage.owner.clone();
    let message = format!("msg_{}", id_of(Kind::Message, 1));
    let does = async |api: &mut Api, nth: usize| {
        let emoji = EMOJI[nth % EMOJI.len()];
        let input = json!({ "workspaceId": owner.workspace, "messageId": message, "emoji": emoji });
        api.call(REACT, input).await.map(drop)
    };
    stage.sample(TIMES, SETTLE, does).await
}

async fn come_and_go(stage: &mut Stage) -> Result<Figures> {
    let owner = stage.owner.clone();
    let does = async |api: &mut Api, _| {
        let input = || json!({ "workspaceId": owner.workspace, "channelId": owner.general });
        api.call(LEAVE, input()).await?;
        api.call(JOIN, input()).await.map(drop)
    };
    stage.sample(TIMES, SETTLE, does).await
}

/// Members with one name and the handles that they got by it, and accounts that will join with that name.
async fn namesakes(stage: &Stage, n: u64) -> Result<()> {
    let handle = "'alex-smith' || CASE WHEN i = 1 THEN '' ELSE CAST(i AS TEXT) END";
    let mut statements = members(stage, n, handle, "'Alex Smith'");
    statements.extend(sessions(&stage.database, n + 1..=n + 1 + TIMES as u64, "Alex Smith"));
    stage.database.execute(&statements).await
}

async fn accept(stage: &mut Stage) -> Result<Figures> {
    let owner = stage.owner.clone();
    let answer: Value = stage.api().await?.call(INVITE, json!({ "workspaceId": owner.workspace })).await?;
    let link = text(&answer, "/createInvite/url")?;
    let document = "query C($w: ID!) { workspace(id: $w) { memberCount } }";
    let counted = stage.api().await?.query(document, json!({ "w": owner.workspace })).await?;
    // Of the members one is the owner.
    let first = counted.pointer("/workspace/memberCount").and_then(Value::as_u64).unwrap_or(1);
    let does = async |api: &mut Api, nth: usize| {
        api.token = Some(token(first + nth as u64));
        api.call(ACCEPT, json!({ "token": link })).await.map(drop)
    };
    stage.sample(TIMES, SETTLE, does).await
}

/// Public channels in which the owner is not.
async fn channels(stage: &Stage, n: u64) -> Result<()> {
    let (database, owner) = (&stage.database, &stage.owner);
    let insert = format!(
        "INSERT INTO channel (workspace_id, id, kind, name, topic, created_by, created_at, created_seq) \
         SELECT {}, {}, 'public', 'c' || i, '', {}, 1, 1 FROM {}",
        database.literal(&owner.workspace),
        database.id(Kind::Channel, "i"),
        database.literal(&owner.member),
        database.series(n)
    );
    database.execute(&[insert]).await
}
