//! Memory that a server retains after a load.

use std::time::Duration;

use serde_json::json;
use testbed::id::{mint_in, on_server};
use tokio::task::JoinSet;

use super::cost::{Bound, Cost, Figures, Unit};
use super::database::{IdKind, id_of};
use super::instance::{Backend, Instance};
use crate::http::Http;
use crate::pace::join_all;
use crate::{Failure, Result};

/// Time for memory to be released.
const RELEASE_TIME: Duration = Duration::from_secs(3);
/// Delay before a retry after `UNAVAILABLE`.
const RETRY_DELAY: Duration = Duration::from_millis(500);
/// Concurrent connections.
const CONNECTION_COUNT: u64 = 6;

/// The costs in memory.
pub const COSTS: &[Cost] = &[
    // SQLite's page cache has its own, larger bound.
    Cost::new("memory-events", "memory after N messages of 64 KB in one workspace", |instance, n| {
        Box::pin(large_messages(instance, n))
    })
    .on(&[Backend::Postgres])
    .sizes([20, 200, 2_000])
    .bound(Bound::AtMost(Unit::Memory, 96.0)),
    Cost::new("memory-unknown", "memory after N requests for unknown workspaces", |instance, n| {
        Box::pin(unknown_workspaces(instance, n))
    })
    .sizes([1_000, 10_000, 100_000])
    .bound(Bound::AtMost(Unit::Memory, 32.0)),
];

async fn memory_growth(instance: &mut Instance, before: f64) -> Result<Figures> {
    tokio::time::sleep(RELEASE_TIME).await;
    Ok(Figures::single(Unit::Memory, (instance.memory()? - before).max(0.0)))
}

/// Sends messages of 4-byte characters that form no words.
async fn large_messages(instance: &mut Instance, n: u64) -> Result<Figures> {
    let owner = instance.owner.clone();
    let api = instance.api()?;
    let text = "\u{1f40c}".repeat(16_000);
    let mut before = 0.0;
    for nth in 0..=n {
        let input = json!({ "id": mint_in(&owner.workspace, "msg_"), "channelId": owner.general, "text": text });
        api.try_mutate("sendMessage", &input, "message { seq }").await?;
        if nth == 0 {
            tokio::time::sleep(RELEASE_TIME).await;
            before = instance.memory()?;
        }
    }
    memory_growth(instance, before).await
}

async fn unknown_workspaces(instance: &mut Instance, n: u64) -> Result<Figures> {
    let (target, token) = (instance.target()?.clone(), instance.owner.token.clone());
    query_unknown(Http::open(&target).await?, token.clone(), 0..1_000).await?;
    tokio::time::sleep(RELEASE_TIME).await;
    let before = instance.memory()?;
    let mut tasks = JoinSet::new();
    for part in 0..CONNECTION_COUNT {
        let numbers = 1_000 + n * part / CONNECTION_COUNT..1_000 + n * (part + 1) / CONNECTION_COUNT;
        tasks.spawn(query_unknown(Http::open(&target).await?, token.clone(), numbers));
    }
    join_all(tasks).await?;
    memory_growth(instance, before).await
}

async fn query_unknown(mut http: Http, token: String, numbers: std::ops::Range<u64>) -> Result<()> {
    for number in numbers {
        let id = on_server("wks_", id_of(IdKind::Workspace, number));
        let body = format!(r#"{{"query":"{{ workspace(id: \"{id}\") {{ name }} }}"}}"#);
        loop {
            let (_, answer) = http.graphql(Some(&token), &body).await?;
            let has = |code: &[u8]| memchr::memmem::find(&answer, code).is_some();
            if has(b"NOT_FOUND") {
                break;
            }
            if !has(b"UNAVAILABLE") {
                return Err(Failure::new(format!("unexpected response: {}", String::from_utf8_lossy(&answer))));
            }
            tokio::time::sleep(RETRY_DELAY).await;
        }
    }
    Ok(())
}
