//! What stays in memory of what has passed through a server.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::cost::{Bound, Cost, Figures, Unit};
use super::database::{Kind, id_of};
use super::stage::{Place, Stage};
use crate::ground::mint;
use crate::http::Http;
use crate::{Failure, Result};

/// How long memory takes to be given back.
const SETTLED: Duration = Duration::from_secs(3);
/// When it is asked again what cannot be answered now.
const LATER: Duration = Duration::from_millis(500);
/// Connections that ask at the same time.
const ASKING: u64 = 6;
const SEND: &str = "mutation S($input: SendMessageInput!) { sendMessage(input: $input) { message { seq } } }";

/// The costs in memory.
pub const COSTS: &[Cost] = &[
    Cost {
        name: "memory-events",
        what: "memory after N messages of 64 KB in one workspace",
        // The pages that SQLite keeps in memory have a bound of their own, which is larger.
        places: &[Place::Postgres],
        sizes: [20, 200, 2_000],
        short: None,
        bound: Bound::AtMost(Unit::Memory, 96.0),
        prepare: |_, _| Box::pin(async { Ok(()) }),
        measure: |stage, n| Box::pin(large_messages(stage, n)),
    },
    Cost {
        name: "memory-unknown",
        what: "memory after N requests for workspaces that are not there",
        places: &[Place::Sqlite, Place::Postgres],
        sizes: [1_000, 10_000, 100_000],
        short: None,
        bound: Bound::AtMost(Unit::Memory, 32.0),
        prepare: |_, _| Box::pin(async { Ok(()) }),
        measure: |stage, n| Box::pin(strangers(stage, n)),
    },
];

async fn grown(stage: &mut Stage, before: f64) -> Result<Figures> {
    tokio::time::sleep(SETTLED).await;
    Ok(Figures::of(Unit::Memory, (stage.memory()? - before).max(0.0)))
}

/// Of characters that take four bytes each and are no words.
async fn large_messages(stage: &mut Stage, n: u64) -> Result<Figures> {
    let owner = stage.owner.clone();
    let mut api = stage.api().await?;
    let text = "\u{1f40c}".repeat(16_000);
    let mut before = 0.0;
    for nth in 0..=n {
        let input = json!({ "workspaceId": owner.workspace, "id": mint("msg_"), "channelId": owner.general,
            "text": text });
        api.call(SEND, input).await?;
        if nth == 0 {
            tokio::time::sleep(SETTLED).await;
            before = stage.memory()?;
        }
    }
    grown(stage, before).await
}

async fn strangers(stage: &mut Stage, n: u64) -> Result<Figures> {
    let (target, token) = (stage.target().await?, stage.owner.token.clone());
    ask(Http::open(&target).await?, token.clone(), 0..1_000).await?;
    tokio::time::sleep(SETTLED).await;
    let before = stage.memory()?;
    let mut asking = JoinSet::new();
    for part in 0..ASKING {
        let numbers = 1_000 + n * part / ASKING..1_000 + n * (part + 1) / ASKING;
        asking.spawn(ask(Http::open(&target).await?, token.clone(), numbers));
    }
    while let Some(asked) = asking.join_next().await {
        asked.map_err(Failure::new)??;
    }
    grown(stage, before).await
}

async fn ask(mut http: Http, token: String, numbers: std::ops::Range<u64>) -> Result<()> {
    for number in numbers {
        let id = id_of(Kind::Workspace, number);
        let body = format!(r#"{{"query":"{{ workspace(id: \"wks_{id}\") {{ name }} }}"}}"#);
        loop {
            let (_, answer) = http.graphql(Some(&token), &body).await?;
            let has = |code: &[u8]| memchr::memmem::find(answer, code).is_some();
            if has(b"NOT_FOUND") {
                break;
            }
            if !has(b"UNAVAILABLE") {
                return Err(Failure::new(format!("a strange answer: {}", String::from_utf8_lossy(answer))));
            }
            tokio::time::sleep(LATER).await;
        }
    }
    Ok(())
}
