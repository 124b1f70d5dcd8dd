//! The cost of an idle server, by the amount of data.

use std::time::Duration;

use testbed::id::on_server;
use tokio::task::JoinSet;

use super::cost::{Bound, Cost, Figures, Unit};
use super::database::{IdKind, id_of};
use super::instance::{Backend, Instance};
use super::rows::workspaces;
use crate::delivery_log::parse_number;
use crate::{Failure, Result};
use testbed::socket::Socket;

/// Duration of an idle measurement.
const MEASURE_TIME: Duration = Duration::from_secs(20);
/// Covers a scan of sessions, which runs once a minute, first a minute after startup.
const SESSION_SCAN_TIME: Duration = Duration::from_secs(66);
/// Subscriptions per socket.
const SUBSCRIPTIONS_PER_SOCKET: usize = 90;
/// Time for the subscriptions of a socket to start.
const SUBSCRIBE_DELAY: Duration = Duration::from_secs(2);
/// Time for presence to propagate after all have connected.
const PRESENCE_SETTLE_TIME: Duration = Duration::from_secs(8);

const ALL_BACKENDS: &[Backend] = &[Backend::Sqlite, Backend::Postgres, Backend::Fleet];

/// The costs of an idle server.
pub const COSTS: &[Cost] = &[
    // Each workspace is read once, in statements for a thousand.
    Cost::new("start-workspaces", "startup, N workspaces", |instance, _| Box::pin(instance.since_start()))
        .bound(Bound::AtMost(Unit::Cpu, 1_000.0))
        .with(workspaces),
    // Durable readers check the heads of all logs.
    Cost::new("idle-workspaces", "idle minute, N workspaces", |instance, _| Box::pin(quiet_minute(instance)))
        .on(ALL_BACKENDS)
        .bound(Bound::Proportional)
        .with(workspaces),
    // Each connection receives a `Head` every 20 s.
    Cost::new("idle-presence", "idle minute, one connection in each of N workspaces", |instance, n| {
        Box::pin(connect_everywhere(instance, n))
    })
    .on(ALL_BACKENDS)
    .sizes([9, 90, 900])
    .bound(Bound::Proportional)
    .with(workspaces),
    Cost::new("idle-ended", "idle minute, N ended sessions and N commands", |instance, _| {
        Box::pin(instance.idle_minute(SESSION_SCAN_TIME))
    })
    .sizes([1_000, 10_000, 100_000])
    .with(ended),
];

async fn quiet_minute(instance: &mut Instance) -> Result<Figures> {
    instance.quiet().await?;
    instance.idle_minute(MEASURE_TIME).await
}

/// The owner follows each workspace, on a few sockets.
async fn connect_everywhere(instance: &mut Instance, n: u64) -> Result<Figures> {
    let (target, token) = (instance.target()?.clone(), instance.owner.token.clone());
    let mut sockets = JoinSet::new();
    let numbers: Vec<u64> = (1..=n).collect();
    for (nth, part) in numbers.chunks(SUBSCRIPTIONS_PER_SOCKET).enumerate() {
        let mut socket = target.socket(nth, &token).await?;
        for number in part {
            socket.send_text(subscribe_frame(*number)).await?;
        }
        // The number of waiting subscriptions per account is limited.
        tokio::time::sleep(SUBSCRIBE_DELAY).await;
        sockets.spawn(run_connection(socket));
    }
    tokio::time::sleep(PRESENCE_SETTLE_TIME).await;
    let figures = quiet_minute(instance).await?;
    match sockets.try_join_next() {
        Some(ended) => Err(Failure::new(format!("a connection ended: {}", ended.map_err(Failure::new)?))),
        None => Ok(figures),
    }
}

/// The frame that subscribes to a workspace.
fn subscribe_frame(number: u64) -> String {
    let id = on_server("wks_", id_of(IdKind::Workspace, number));
    let query = format!(r#"subscription {{ events(workspaceId: \"{id}\") {{ __typename }} }}"#);
    format!(r#"{{"id":"{number}","type":"subscribe","payload":{{"query":"{query}"}}}}"#)
}

/// Answers pings and resubscribes on request of the server. Returns the reason of the end.
async fn run_connection(mut socket: Socket) -> String {
    loop {
        let frame = match socket.receive().await {
            Ok(frame) => frame,
            Err(failure) => return failure.to_string(),
        };
        let has = |what: &str| frame.contains(what);
        if !has(r#""type":"error""#) {
            continue;
        }
        let again = parse_number(frame.as_bytes(), br#""id":""#).filter(|_| has("UNAVAILABLE"));
        let Some(again) = again else { return frame.to_string() };
        tokio::time::sleep(SUBSCRIBE_DELAY).await;
        if let Err(failure) = socket.send_text(subscribe_frame(again)).await {
            return failure.to_string();
        }
    }
}

/// Ended sessions of the owner, and completed commands.
fn ended(instance: &Instance, n: u64) -> Vec<String> {
    let (database, owner) = (&instance.database, &instance.owner);
    let workspace = database.literal(&owner.workspace);
    let account = format!(
        "(SELECT account_id FROM member WHERE workspace_id = {workspace} AND id = {})",
        database.literal(&owner.member)
    );
    let series = database.series(n);
    let hash = database.bytes(&[0; 32]);
    vec![
        format!(
            "INSERT INTO session (id, account_id, user_agent, created_at, ended_seq) \
                 SELECT {}, {account}, 'growth', 1, 1 FROM {series}",
            database.id(IdKind::Session, "i")
        ),
        format!(
            "INSERT INTO command (workspace_id, account_id, id, input_hash, first_seq, last_seq) \
                 SELECT {workspace}, {account}, {}, {hash}, 1, 1 FROM {series}",
            database.id(IdKind::Command, "i")
        ),
    ]
}
