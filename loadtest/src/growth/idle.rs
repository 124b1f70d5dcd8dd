//! What a server costs when nothing happens, by what there is.

use std::time::Duration;

use tokio::task::JoinSet;

use super::cost::{Bound, Cost, Figures, Unit};
use super::database::{Kind, id_of};
use super::rows::workspaces;
use super::stage::{Place, Stage};
use crate::ledger::number;
use crate::socket::Socket;
use crate::{Failure, Result};

/// How long a server is watched that has nothing to do.
const WATCHED: Duration = Duration::from_secs(20);
/// Sessions are looked through once a minute, the first time a minute after the start.
const A_LOOK: Duration = Duration::from_secs(66);
/// Subscriptions on one socket.
const ON_ONE_SOCKET: usize = 90;
/// How long the subscriptions of a socket take to begin.
const BEGUN: Duration = Duration::from_secs(2);
/// How long presence takes to be told after everybody has come.
const SETTLED: Duration = Duration::from_secs(8);

/// The costs of doing nothing.
pub const COSTS: &[Cost] = &[
    Cost {
        name: "start-workspaces",
        what: "the start and what follows it, with N workspaces",
        places: &[Place::Sqlite, Place::Postgres],
        sizes: [100, 1_000, 10_000],
        short: None,
        // Each is looked at once, in statements on a thousand each.
        bound: Bound::AtMost(Unit::Cpu, 1_000.0),
        prepare: |stage, n| Box::pin(async move { stage.database.execute(&workspaces(stage, n)).await }),
        measure: |stage, _| Box::pin(stage.since_start()),
    },
    Cost {
        name: "idle-workspaces",
        what: "a minute in which nothing happens, with N workspaces",
        places: &[Place::Sqlite, Place::Postgres, Place::Fleet],
        sizes: [100, 1_000, 10_000],
        short: None,
        // The readers of the log look at the heads of all logs.
        bound: Bound::Proportional,
        prepare: |stage, n| Box::pin(async move { stage.database.execute(&workspaces(stage, n)).await }),
        measure: |stage, _| {
            Box::pin(async move {
                stage.quiet().await?;
                stage.idle_minute(WATCHED).await
            })
        },
    },
    Cost {
        name: "idle-presence",
        what: "a minute in which nothing happens, with somebody connected in each of N workspaces",
        places: &[Place::Sqlite, Place::Postgres, Place::Fleet],
        sizes: [9, 90, 900],
        short: None,
        // Each connection is told every 20 s how far its workspace has come.
        bound: Bound::Proportional,
        prepare: |stage, n| Box::pin(async move { stage.database.execute(&workspaces(stage, n)).await }),
        measure: |stage, n| Box::pin(present(stage, n)),
    },
    Cost {
        name: "idle-ended",
        what: "a minute in which nothing happens, with N ended sessions and N commands",
        places: &[Place::Sqlite, Place::Postgres],
        sizes: [1_000, 10_000, 100_000],
        short: None,
        bound: Bound::Flat,
        prepare: |stage, n| Box::pin(ended(stage, n)),
        measure: |stage, _| Box::pin(async move { stage.idle_minute(A_LOOK).await }),
    },
];

/// The owner follows each workspace, on a few sockets.
async fn present(stage: &mut Stage, n: u64) -> Result<Figures> {
    let (target, token) = (stage.target().await?, stage.owner.token.clone());
    let mut sockets = JoinSet::new();
    let numbers: Vec<u64> = (1..=n).collect();
    for (nth, part) in numbers.chunks(ON_ONE_SOCKET).enumerate() {
        let mut socket = Socket::open(&target, nth, &token).await?;
        for number in part {
            socket.send(&follow(*number)).await?;
        }
        // So many of one account may wait, and no more.
        tokio::time::sleep(BEGUN).await;
        sockets.spawn(stay(socket));
    }
    tokio::time::sleep(SETTLED).await;
    stage.quiet().await?;
    let figures = stage.idle_minute(WATCHED).await?;
    match sockets.try_join_next() {
        Some(ended) => Err(Failure::new(format!("not everybody stayed: {}", ended.map_err(Failure::new)?))),
        None => Ok(figures),
    }
}

/// The frame that subscribes to the workspace with a number.
fn follow(number: u64) -> String {
    let id = id_of(Kind::Workspace, number);
    let query = format!(r#"subscription {{ events(workspaceId: \"wks_{id}\") {{ __typename }} }}"#);
    format!(r#"{{"id":"{number}","type":"subscribe","payload":{{"query":"{query}"}}}}"#)
}

/// Answers pings and subscribes again where the server asks for it; ends with why it cannot.
async fn stay(mut socket: Socket) -> String {
    loop {
        let frame = match socket.receive().await {
            Ok(frame) => frame,
            Err(failure) => return failure.to_string(),
        };
        let has = |what: &[u8]| memchr::memmem::find(frame, what).is_some();
        if !has(br#""type":"error""#) {
            continue;
        }
        let again = number(frame, br#""id":""#).filter(|_| has(b"UNAVAILABLE"));
        let Some(again) = again else { return String::from_utf8_lossy(frame).into_owned() };
        tokio::time::sleep(BEGUN).await;
        if let Err(failure) = socket.send(&follow(again)).await {
            return failure.to_string();
        }
    }
}

/// Sessions of the owner that began and ended long ago, and commands that were answered.
async fn ended(stage: &Stage, n: u64) -> Result<()> {
    let (database, owner) = (&stage.database, &stage.owner);
    let workspace = database.literal(&owner.workspace);
    let account = format!(
        "(SELECT account_id FROM member WHERE workspace_id = {workspace} AND id = {})",
        database.literal(&owner.member)
    );
    let series = database.series(n);
    let hash = database.bytes(&[0; 32]);
    database
        .execute(&[
            format!(
                "INSERT INTO sign_in (id, account_id, user_agent, created_at, ended_seq) \
                 SELECT {}, {account}, 'growth', 1, 1 FROM {series}",
                database.id(Kind::SignIn, "i")
            ),
            format!(
                "INSERT INTO command (workspace_id, account_id, id, input_hash, first_seq, last_seq) \
                 SELECT {workspace}, {account}, {}, {hash}, 1, 1 FROM {series}",
                database.id(Kind::Command, "i")
            ),
        ])
        .await
}
