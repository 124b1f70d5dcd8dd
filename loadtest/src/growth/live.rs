//! The cost of live connections: of those outside the audience of an event, and of those that catch up.

use std::time::Duration;

use serde_json::json;
use testbed::client::Client;
use tokio::task::JoinSet;

use super::cost::{Cost, Figures, Unit};
use super::instance::{Instance, SETTLE_TIME};
use super::rows::{plain_members, sessions, token};
use crate::pace::join_all;
use crate::process::counters;
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

/// The costs of live connections.
pub const COSTS: &[Cost] = &[
    Cost::new("unseen-event", "send, N connected members outside the channel", |instance, n| {
        Box::pin(unseen(instance, n))
    })
    .sizes([10, 100, 1_000])
    .with(members_with_sessions),
    Cost::new("catch-up", "executions, N connections catching up on 600 messages", |instance, n| {
        Box::pin(catch_up(instance, n))
    })
    .sizes([10, 100, 1_000])
    .short([2, 20, 200])
    .with(members_with_sessions),
];

/// Members with one session each.
fn members_with_sessions(instance: &Instance, n: u64) -> Vec<String> {
    let mut statements = plain_members(instance, n);
    statements.extend(sessions(&instance.database, 1..=n, "Member"));
    statements
}

/// Subscribes all members to the workspace.
async fn connect(instance: &mut Instance, n: u64, after: u64) -> Result<SubscriberPool> {
    let setup = instance.setup((1..=n).map(token).collect())?;
    let count = usize::try_from(n).map_err(Failure::new)?;
    SubscriberPool::connect(&setup, &vec![after; count], None).await
}

async fn seq(instance: &mut Instance) -> Result<u64> {
    let owner = vec![instance.owner.token.clone()];
    instance.setup(owner)?.seq().await
}

async fn wait_for(pool: &SubscriberPool, seq: u64) -> Result<()> {
    let reached = pool.wait_for(seq, CATCH_UP_TIMEOUT).await;
    pool.check()?;
    reached.map(drop).ok_or_else(|| Failure::new("not all subscribers caught up in time"))
}

async fn send(api: &Client, channel: &str, nth: usize) -> Result<u64> {
    let (_, seq) = api.send_message(channel, &format!("No. {nth}")).await?;
    u64::try_from(seq).map_err(Failure::new)
}

async fn unseen(instance: &mut Instance, n: u64) -> Result<Figures> {
    let owner = instance.owner.clone();
    let input = json!({ "name": "apart", "kind": "PRIVATE" });
    let channel = instance.api()?.create_channel(&owner.workspace, input).await?;
    let after = seq(instance).await?;
    let pool = connect(instance, n, after).await?;
    // A message to all shows that every subscriber is connected.
    let first = send(&instance.api()?, &owner.general, 0).await?;
    wait_for(&pool, first).await?;
    let operation = async |api: &mut Client, nth| send(api, &channel, nth).await.map(drop);
    let figures = instance.sample(SAMPLE_COUNT, SETTLE_TIME, operation).await;
    pool.check()?;
    figures
}

async fn catch_up(instance: &mut Instance, n: u64) -> Result<Figures> {
    let owner = instance.owner.clone();
    let after = seq(instance).await?;
    let mut senders = JoinSet::new();
    for sender in 0..SENDER_COUNT {
        let (api, owner) = (instance.api()?, owner.clone());
        senders.spawn(async move {
            for nth in 0..BURST_MESSAGES / SENDER_COUNT {
                send(&api, &owner.general, sender * BURST_MESSAGES + nth).await?;
            }
            Ok(())
        });
    }
    join_all(senders).await?;
    let (target, last) = (instance.target()?.clone(), seq(instance).await?);
    let [before] = counters(&target, EXECUTIONS).await?;
    let pool = connect(instance, n, after).await?;
    wait_for(&pool, last).await?;
    let [now] = counters(&target, EXECUTIONS).await?;
    Ok(Figures::single(Unit::Executions, now - before))
}
