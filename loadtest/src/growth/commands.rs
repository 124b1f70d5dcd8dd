//! The cost of one command, including its effects: notifications, delivery, the search index.

use serde_json::{Value, json};
use testbed::client::Client;
use testbed::id::{in_workspace, mint_in};

use super::cost::{Cost, Figures};
use super::database::{IdKind, id_of};
use super::instance::{Backend, Instance, SETTLE_TIME};
use super::pages::reactions;
use super::rows::{members, plain_members, sessions, token, workspaces};
use crate::Result;

/// Samples per command.
const SAMPLE_COUNT: usize = 7;
/// Sizes of the short form.
const SHORT: [u64; 3] = [30, 300, 3_000];
/// Emoji without reactions.
const EMOJI: [&str; 8] = ["👍", "👎", "🎉", "🚀", "👀", "🐢", "🌊", "🔥"];

/// The costs of commands.
pub const COSTS: &[Cost] = &[
    Cost::new("react", "react to a message with N reactions", |instance, _| Box::pin(react(instance)))
        .sizes([1_000, 10_000, 100_000])
        .short(SHORT)
        .with(reactions),
    Cost::new("same-name", "join with a name shared by N members", |instance, _| Box::pin(accept(instance)))
        .with(members_with_same_name),
    Cost::new("send-channels", "send in a workspace of N channels", |instance, _| Box::pin(send(instance, "Hello")))
        .short(SHORT)
        .with(channels),
    Cost::new("send-members", "send in a channel of N members", |instance, _| Box::pin(send(instance, "Hello")))
        .short(SHORT)
        .with(plain_members),
    Cost::new("send-to-all", "`@channel` in a channel of N members", |instance, _| {
        Box::pin(send(instance, "<!channel> Hello"))
    })
    .short(SHORT)
    .with(plain_members),
    Cost::new("leave-and-join", "leave and join a channel of N members", |instance, _| {
        Box::pin(leave_and_join(instance))
    })
    .short(SHORT)
    .with(plain_members),
    // Durable readers check the heads of all logs when woken.
    Cost::new("send-workspaces", "send, N idle workspaces", |instance, _| Box::pin(send(instance, "Hello")))
        .on(&[Backend::Sqlite, Backend::Postgres, Backend::Fleet])
        .short(SHORT)
        .with(workspaces),
];

async fn send(instance: &mut Instance, text: &str) -> Result<Figures> {
    let owner = instance.owner.clone();
    let operation = async |api: &mut Client, nth| {
        let text = format!("{text} {nth}");
        let input = json!({ "id": mint_in(&owner.workspace, "msg_"), "channelId": owner.general,
            "text": text, "confirmChannelMention": true });
        api.try_mutate("sendMessage", &input, "seq").await?;
        Ok(())
    };
    instance.sample(SAMPLE_COUNT, SETTLE_TIME, operation).await
}

async fn react(instance: &mut Instance) -> Result<Figures> {
    let owner = instance.owner.clone();
    let message = in_workspace(&owner.workspace, "msg_", id_of(IdKind::Message, 1));
    let operation = async |api: &mut Client, nth: usize| {
        let emoji = EMOJI[nth % EMOJI.len()];
        let input = json!({ "messageId": message, "emoji": emoji });
        api.try_mutate("addReaction", &input, "seq").await?;
        Ok(())
    };
    instance.sample(SAMPLE_COUNT, SETTLE_TIME, operation).await
}

async fn leave_and_join(instance: &mut Instance) -> Result<Figures> {
    let owner = instance.owner.clone();
    let operation = async |api: &mut Client, _| {
        let input = json!({ "channelId": owner.general });
        api.try_mutate("leaveChannel", &input, "seq").await?;
        api.try_mutate("joinChannel", &input, "seq").await?;
        Ok(())
    };
    instance.sample(SAMPLE_COUNT, SETTLE_TIME, operation).await
}

/// Members with the same name and their generated handles, and accounts that will join with that name.
fn members_with_same_name(instance: &Instance, n: u64) -> Vec<String> {
    let handle = "'alex-smith' || CASE WHEN i = 1 THEN '' ELSE CAST(i AS TEXT) END";
    let mut statements = members(instance, n, handle, "'Alex Smith'");
    statements.extend(sessions(&instance.database, n + 1..=n + 1 + SAMPLE_COUNT as u64, "Alex Smith"));
    statements
}

async fn accept(instance: &mut Instance) -> Result<Figures> {
    let owner = instance.owner.clone();
    let invite = instance.api()?.create_invite(&owner.workspace).await?;
    let document = "query C($w: ID!) { workspace(id: $w) { memberCount } }";
    let counted = instance.api()?.try_query(document, json!({ "w": owner.workspace })).await?;
    // One of the members is the owner.
    let first = counted.pointer("/workspace/memberCount").and_then(Value::as_u64).unwrap_or(1);
    let operation = async |api: &mut Client, nth: usize| {
        api.token = Some(token(first + nth as u64));
        api.accept_invite(&invite).await?;
        Ok(())
    };
    instance.sample(SAMPLE_COUNT, SETTLE_TIME, operation).await
}

/// Public channels that the owner has not joined.
fn channels(instance: &Instance, n: u64) -> Vec<String> {
    let (database, owner) = (&instance.database, &instance.owner);
    vec![format!(
        "INSERT INTO channel (workspace_id, id, kind, name, topic, created_by, created_at, created_seq) \
         SELECT {}, {}, 'public', 'c' || i, '', {}, 1, 1 FROM {}",
        database.literal(&owner.workspace),
        database.id(IdKind::Channel, "i"),
        database.literal(&owner.member),
        database.series(n)
    )]
}
