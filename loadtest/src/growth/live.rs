//! What live connections cost: those whom an event does not concern, and those who catch up.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::cost::{Bound, Cost, Figures, Unit};
use super::rows::{plain_members, sessions, token};
use super::stage::{Place, SETTLE, Stage};
use crate::crowd::Crowd;
use crate::ground::{Api, mint};
use crate::process::counters;
use crate::{Failure, Result};

/// How often an event is sent.
const TIMES: usize = 7;
/// Events of a burst, and who sends them at the same time.
const BURST: usize = 600;
const SENDERS: usize = 6;
/// How long everybody may take to have everything.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often a selection was executed for an event.
const EXECUTIONS: [&str; 1] = ["confab_live_executions_total"];
const SEND: &str = "mutation S($input: SendMessageInput!) { sendMessage(input: $input) { message { id seq } } }";
const CREATE: &str = "mutation C($input: CreateChannelInput!) { createChannel(input: $input) { seq } }";

/// The costs of live connections.
pub const COSTS: &[Cost] = &[
    Cost {
        name: "unseen-event",
        what: "a message of which N connected members may know nothing",
        places: &[Place::Sqlite, Place::Postgres],
        sizes: [10, 100, 1_000],
        short: None,
        bound: Bound::Flat,
        prepare: |stage, n| Box::pin(people(stage, n)),
        measure: |stage, n| Box::pin(unseen(stage, n)),
    },
    Cost {
        name: "catch-up",
        what: "executions for N connections that catch up with 600 messages",
        places: &[Place::Sqlite, Place::Postgres],
        sizes: [10, 100, 1_000],
        short: Some([2, 20, 200]),
        bound: Bound::Flat,
        prepare: |stage, n| Box::pin(people(stage, n)),
        measure: |stage, n| Box::pin(catch_up(stage, n)),
    },
];

/// Members with a session each.
async fn people(stage: &Stage, n: u64) -> Result<()> {
    let mut statements = plain_members(stage, n);
    statements.extend(sessions(&stage.database, 1..=n, "Member"));
    stage.database.execute(&statements).await
}

/// Everybody follows the workspace and has what there is.
async fn gather(stage: &mut Stage, n: u64, after: u64) -> Result<Crowd> {
    let ground = stage.ground((1..=n).map(token).collect()).await?;
    let count = usize::try_from(n).map_err(Failure::new)?;
    Crowd::gather(&ground, &vec![after; count], None).await
}

async fn seq(stage: &mut Stage) -> Result<u64> {
    let owner = vec![stage.owner.token.clone()];
    stage.ground(owner).await?.seq().await
}

async fn reach(crowd: &Crowd, seq: u64) -> Result<()> {
    let reached = crowd.reach(seq, PATIENCE).await;
    crowd.check()?;
    reached.map(drop).ok_or_else(|| Failure::new("not everybody has caught up in time"))
}

async fn send(api: &mut Api, workspace: &str, channel: &str, nth: usize) -> Result<u64> {
    let input =
        json!({ "workspaceId": workspace, "id": mint("msg_"), "channelId": channel, "text": format!("No. {nth}") });
    let answer = api.call(SEND, input).await?;
    let seq = answer.pointer("/sendMessage/message/seq").and_then(Value::as_u64);
    seq.ok_or_else(|| Failure::new("a message without a number"))
}

async fn unseen(stage: &mut Stage, n: u64) -> Result<Figures> {
    let owner = stage.owner.clone();
    let channel = mint("chn_");
    let input = json!({ "workspaceId": owner.workspace, "id": channel, "name": "apart", "kind": "PRIVATE" });
    stage.api().await?.call(CREATE, input).await?;
    let after = seq(stage).await?;
    let crowd = gather(stage, n, after).await?;
    // One that everybody gets says that all are connected.
    let told = send(&mut stage.api().await?, &owner.workspace, &owner.general, 0).await?;
    reach(&crowd, told).await?;
    let does = async |api: &mut Api, nth| send(api, &owner.workspace, &channel, nth).await.map(drop);
    let figures = stage.sample(TIMES, SETTLE, does).await;
    crowd.check()?;
    figures
}

async fn catch_up(stage: &mut Stage, n: u64) -> Result<Figures> {
    let owner = stage.owner.clone();
    let after = seq(stage).await?;
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let (mut api, owner) = (stage.api().await?, owner.clone());
        senders.spawn(async move {
            for nth in 0..BURST / SENDERS {
                send(&mut api, &owner.workspace, &owner.general, sender * BURST + nth).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(sent) = senders.join_next().await {
        sent.map_err(Failure::new)??;
    }
    let (target, last) = (stage.target().await?, seq(stage).await?);
    let [before] = counters(&target, EXECUTIONS).await?;
    let crowd = gather(stage, n, after).await?;
    reach(&crowd, last).await?;
    let [now] = counters(&target, EXECUTIONS).await?;
    Ok(Figures::of(Unit::Executions, now - before))
}
