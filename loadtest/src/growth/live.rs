//! The cost of live connections: of those outside the audience of an event, and of those that catch up.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::cost::{Bound, Cost, Figures, Unit};
use super::instance::{Backend, Instance, SETTLE_TIME};
use super::rows::{plain_members, sessions, token};
use crate::process::counters;
use crate::setup::{Api, mint};
use crate::subscribers::SubscriberPool;
use crate::{Failure, Result};

/// Samples per event.
const SAMPLE_COUNT: usize = 7;
/// Messages of a burst, and its concurrent senders.
const BURST_MESSAGES: usize = 600;
const SENDER_COUNT: usize = 6;
/// The longest catch-up of all connections.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(300);
/// Counter of selections executed for events.
const EXECUTIONS: [&str; 1] = ["confab_live_executions_total"];
const SEND: &str = "mutation S($input: SendMessageInput!) { sendMessage(input: $input) { message { id seq } } }";
const CREATE: &str = "mutation C($input: CreateChannelInput!) { createChannel(input: $input) { seq } }";

/// The costs of live connections.
pub const COSTS: &[Cost] = &[
    Cost {
        name: "unseen-event",
        what: "send, N connected members outside the channel",
        backends: &[Backend::Sqlite, Backend::Postgres],
        sizes: [10, 100, 1_000],
        short: None,
        bound: Bound::Flat,
        prepare: |instance, n| Box::pin(members_with_sessions(instance, n)),
        measure: |instance, n| Box::pin(unseen(instance, n)),
    },
    Cost {
        name: "catch-up",
        what: "executions, N connections catching up on 600 messages",
        backends: &[Backend::Sqlite, Backend::Postgres],
        sizes: [10, 100, 1_000],
        short: Some([2, 20, 200]),
        bound: Bound::Flat,
        prepare: |instance, n| Box::pin(members_with_sessions(instance, n)),
        measure: |instance, n| Box::pin(catch_up(instance, n)),
    },
];

/// Members with one session each.
async fn members_with_sessions(instance: &Instance, n: u64) -> Result<()> {
    let mut statements = plain_members(instance, n);
    statements.extend(sessions(&instance.database, 1..=n, "Member"));
    instance.database.execute(&statements).await
}

/// Subscribes all members to the workspace.
async fn connect(instance: &mut Instance, n: u64, after: u64) -> Result<SubscriberPool> {
    let setup = instance.setup((1..=n).map(token).collect()).await?;
    let count = usize::try_from(n).map_err(Failure::new)?;
    SubscriberPool::connect(&setup, &vec![after; count], None).await
}

async fn seq(instance: &mut Instance) -> Result<u64> {
    let owner = vec![instance.owner.token.clone()];
    instance.setup(owner).await?.seq().await
}

async fn wait_for(pool: &SubscriberPool, seq: u64) -> Result<()> {
    let reached = pool.wait_for(seq, CATCH_UP_TIMEOUT).await;
    pool.check()?;
    reached.map(drop).ok_or_else(|| Failure::new("not all subscribers caught up in time"))
}

async fn send(api: &mut Api, workspace: &str, channel: &str, nth: usize) -> Result<u64> {
    let input =
        json!({ "workspaceId": workspace, "id": mint("msg_"), "channelId": channel, "text": format!("No. {nth}") });
    let answer = api.call(SEND, input).await?;
    let seq = answer.pointer("/sendMessage/message/seq").and_then(Value::as_u64);
    seq.ok_or_else(|| Failure::new("a message without seq"))
}

async fn unseen(instance: &mut Instance, n: u64) -> Result<Figures> {
    let owner = instance.owner.clone();
    let channel = mint("chn_");
    let input = json!({ "workspaceId": owner.workspace, "id": channel, "name": "apart", "kind": "PRIVATE" });
    instance.api().await?.call(CREATE, input).await?;
    let after = seq(instance).await?;
    let pool = connect(instance, n, after).await?;
    // A message to all shows that every subscriber is connected.
    let first = send(&mut instance.api().await?, &owner.workspace, &owner.general, 0).await?;
    wait_for(&pool, first).await?;
    let operation = async |api: &mut Api, nth| send(api, &owner.workspace, &channel, nth).await.map(drop);
    let figures = instance.sample(SAMPLE_COUNT, SETTLE_TIME, operation).await;
    pool.check()?;
    figures
}

async fn catch_up(instance: &mut Instance, n: u64) -> Result<Figures> {
    let owner = instance.owner.clone();
    let after = seq(instance).await?;
    let mut senders = JoinSet::new();
    for sender in 0..SENDER_COUNT {
        let (mut api, owner) = (instance.api().await?, owner.clone());
        senders.spawn(async move {
            for nth in 0..BURST_MESSAGES / SENDER_COUNT {
                send(&mut api, &owner.workspace, &owner.general, sender * BURST_MESSAGES + nth).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(sent) = senders.join_next().await {
        sent.map_err(Failure::new)??;
    }
    let (target, last) = (instance.target().await?, seq(instance).await?);
    let [before] = counters(&target, EXECUTIONS).await?;
    let pool = connect(instance, n, after).await?;
    wait_for(&pool, last).await?;
    let [now] = counters(&target, EXECUTIONS).await?;
    Ok(Figures::single(Unit::Executions, now - before))
}
