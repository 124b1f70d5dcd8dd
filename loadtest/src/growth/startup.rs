//! The cost of startup: the first response to a client, and loading a workspace into memory.

use std::time::Duration;

use serde_json::json;
use testbed::client::Client;

use super::cost::{Bound, Cost, Figures, Unit};
use super::database::IdKind;
use super::instance::Instance;
use super::rows::plain_members;
use crate::Result;

/// Samples of a fast operation.
const SAMPLE_COUNT: usize = 9;
/// Restarts to measure a first request.
const START_COUNT: usize = 3;
/// The web client's query without fragments.
const BOOT: &str = "query Boot($w: ID!) { boot(workspaceId: $w) { workspace { id name memberCount iconUrl \
    channelMentions emoji { id name url } } me { id handle name role } channels { id name topic kind memberCount \
    viewerIsMember readState { lastReadSeq unreadCount mentionCount } } seq privateRev unreadNotifications } }";

/// The costs of startup.
pub const COSTS: &[Cost] = &[
    Cost::new("boot-unread", "boot with N unread notifications", |instance, _| Box::pin(boot(instance)))
        .sizes([5_000, 50_000, 500_000])
        .short([2_000, 4_000, 20_000])
        .with(notifications),
    Cost::new("boot-former", "boot with N former members", |instance, _| Box::pin(boot(instance)))
        .short([10, 100, 1_000])
        .with(former_members),
    Cost::new("load-members", "first request after startup, N members", |instance, _| Box::pin(load(instance)))
        .bound(Bound::Proportional)
        .with(plain_members),
    Cost::new("load-former", "first request after startup, N former members", |instance, _| Box::pin(load(instance)))
        .bound(Bound::Proportional)
        .with(former_members),
    Cost::new("load-stays", "first request after startup, N past channel memberships", |instance, _| {
        Box::pin(load(instance))
    })
    .sizes([1_000, 10_000, 100_000])
    .with(past_memberships),
];

async fn boot_once(api: &Client, workspace: &str) -> Result<()> {
    api.try_query(BOOT, json!({ "w": workspace })).await?;
    Ok(())
}

async fn boot(instance: &mut Instance) -> Result<Figures> {
    let workspace = instance.owner.workspace.clone();
    instance.sample(SAMPLE_COUNT, Duration::ZERO, async |api, _| boot_once(api, &workspace).await).await
}

/// Restarts the server for each sample.
async fn load(instance: &mut Instance) -> Result<Figures> {
    let workspace = instance.owner.workspace.clone();
    let mut all = Vec::new();
    for _ in 0..START_COUNT {
        instance.stop().await;
        instance.start().await?;
        let api = instance.api()?;
        let (figures, _) = instance.measure(Duration::ZERO, async || boot_once(&api, &workspace).await).await?;
        all.push(figures.only(|unit| unit != Unit::Written));
    }
    Ok(Figures::median(&all))
}

/// Notifications of one message, half of them in threads.
fn notifications(instance: &Instance, n: u64) -> Vec<String> {
    let (database, owner) = (&instance.database, &instance.owner);
    vec![format!(
        "INSERT INTO notification (workspace_id, member_id, seq, reason, channel_id, message_id, created_at, in_thread) \
         SELECT {}, {}, 100 + i, 'mention', {}, {}, {}, i % 2 = 0 FROM {}",
        database.literal(&owner.workspace),
        database.literal(&owner.member),
        database.literal(&owner.general),
        database.id(IdKind::Message, "1"),
        database.now(),
        database.series(n)
    )]
}

/// Former members with their memberships.
fn former_members(instance: &Instance, n: u64) -> Vec<String> {
    let workspace = instance.database.literal(&instance.owner.workspace);
    let mut statements = plain_members(instance, n);
    let former = format!("workspace_id = {workspace} AND role = 'member'");
    let ids = format!("workspace_id = {workspace} AND member_id IN (SELECT id FROM member WHERE {former})");
    statements.extend([
        format!("UPDATE member_stay SET left_seq = 2 WHERE {ids}"),
        format!("UPDATE channel_member SET left_seq = 2 WHERE {ids}"),
        format!("UPDATE member SET active = FALSE WHERE {former}"),
    ]);
    statements
}

/// `n` past memberships of one member in the first channel.
fn past_memberships(instance: &Instance, n: u64) -> Vec<String> {
    let (database, owner) = (&instance.database, &instance.owner);
    let mut statements = plain_members(instance, 1);
    statements.push(format!(
        "INSERT INTO channel_member (workspace_id, channel_id, member_id, joined_seq, left_seq) \
         SELECT {}, {}, {}, 1000 + i, 1001 + i FROM {}",
        database.literal(&owner.workspace),
        database.literal(&owner.general),
        database.id(IdKind::Member, "1"),
        database.series(n)
    ));
    statements
}
