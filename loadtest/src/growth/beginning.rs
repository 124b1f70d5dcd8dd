//! What it costs to begin: the first answer to a client, and loading a workspace into memory.

use std::time::Duration;

use serde_json::json;

use super::cost::{Bound, Cost, Figures, Unit};
use super::database::Kind;
use super::rows::plain_members;
use super::stage::{Place, Stage};
use crate::Result;
use crate::ground::Api;

/// How often a quick thing is measured.
const TIMES: usize = 9;
/// How often the server is started to measure a first request.
const STARTS: usize = 3;
/// The client's own, but for fragments.
const BOOT: &str = "query Boot($w: ID!) { boot(workspaceId: $w) { workspace { id name memberCount iconUrl \
    channelMentions emoji { id name url } } me { id handle name role } channels { id name topic kind memberCount \
    viewerIsMember reading { lastReadSeq unreadCount mentionCount } } seq privateRev unreadNotifications } }";

/// The costs of beginning.
pub const COSTS: &[Cost] = &[
    Cost {
        name: "boot-unread",
        what: "boot with N unread notifications",
        places: &[Place::Sqlite, Place::Postgres],
        sizes: [5_000, 50_000, 500_000],
        short: Some([2_000, 4_000, 20_000]),
        bound: Bound::Flat,
        prepare: |stage, n| Box::pin(notifications(stage, n)),
        measure: |stage, _| Box::pin(boot(stage)),
    },
    Cost {
        name: "boot-former",
        what: "boot with N former members",
        places: &[Place::Sqlite, Place::Postgres],
        sizes: [100, 1_000, 10_000],
        short: Some([10, 100, 1_000]),
        bound: Bound::Flat,
        prepare: |stage, n| Box::pin(former_members(stage, n)),
        measure: |stage, _| Box::pin(boot(stage)),
    },
    Cost {
        name: "load-members",
        what: "first request after the start, with N members",
        places: &[Place::Sqlite, Place::Postgres],
        sizes: [100, 1_000, 10_000],
        short: None,
        bound: Bound::Proportional,
        prepare: |stage, n| Box::pin(async move { stage.database.execute(&plain_members(stage, n)).await }),
        measure: |stage, _| Box::pin(load(stage)),
    },
    Cost {
        name: "load-former",
        what: "first request after the start, with N former members",
        places: &[Place::Sqlite, Place::Postgres],
        sizes: [100, 1_000, 10_000],
        short: None,
        bound: Bound::Proportional,
        prepare: |stage, n| Box::pin(former_members(stage, n)),
        measure: |stage, _| Box::pin(load(stage)),
    },
    Cost {
        name: "load-stays",
        what: "first request after the start, when channels were left N times",
        places: &[Place::Sqlite, Place::Postgres],
        sizes: [1_000, 10_000, 100_000],
        short: None,
        bound: Bound::Flat,
        prepare: |stage, n| Box::pin(former_stays(stage, n)),
        measure: |stage, _| Box::pin(load(stage)),
    },
];

async fn ask(api: &mut Api, workspace: &str) -> Result<()> {
    api.query(BOOT, json!({ "w": workspace })).await.map(drop)
}

async fn boot(stage: &mut Stage) -> Result<Figures> {
    let workspace = stage.owner.workspace.clone();
    stage.sample(TIMES, Duration::ZERO, async |api, _| ask(api, &workspace).await).await
}

/// The server is started anew each time.
async fn load(stage: &mut Stage) -> Result<Figures> {
    let workspace = stage.owner.workspace.clone();
    let mut all = Vec::new();
    for _ in 0..STARTS {
        stage.stop().await?;
        stage.start().await?;
        let mut api = stage.api().await?;
        let (figures, _) = stage.once(Duration::ZERO, async || ask(&mut api, &workspace).await).await?;
        all.push(figures.only(|unit| unit != Unit::Written));
    }
    Ok(Figures::median(&all))
}

/// Half of them in threads, all of one message.
async fn notifications(stage: &Stage, n: u64) -> Result<()> {
    let (database, owner) = (&stage.database, &stage.owner);
    let insert = format!(
        "INSERT INTO notification (workspace_id, member_id, seq, reason, channel_id, message_id, created_at, in_thread) \
         SELECT {}, {}, 100 + i, 'mention', {}, {}, {}, i % 2 = 0 FROM {}",
        database.literal(&owner.workspace),
        database.literal(&owner.member),
        database.literal(&owner.general),
        database.id(Kind::Message, "1"),
        database.now(),
        database.series(n)
    );
    database.execute(&[insert]).await
}

/// Members who have left, and their stays.
async fn former_members(stage: &Stage, n: u64) -> Result<()> {
    let (database, workspace) = (&stage.database, stage.database.literal(&stage.owner.workspace));
    let mut statements = plain_members(stage, n);
    let former = format!("workspace_id = {workspace} AND role = 'member'");
    let ids = format!("workspace_id = {workspace} AND member_id IN (SELECT id FROM member WHERE {former})");
    statements.extend([
        format!("UPDATE member_stay SET left_seq = 2 WHERE {ids}"),
        format!("UPDATE channel_member SET left_seq = 2 WHERE {ids}"),
        format!("UPDATE member SET active = FALSE WHERE {former}"),
    ]);
    database.execute(&statements).await
}

/// One member has been in the first channel so many times.
async fn former_stays(stage: &Stage, n: u64) -> Result<()> {
    let (database, owner) = (&stage.database, &stage.owner);
    let mut statements = plain_members(stage, 1);
    statements.push(format!(
        "INSERT INTO channel_member (workspace_id, channel_id, member_id, joined_seq, left_seq) \
         SELECT {}, {}, {}, 1000 + i, 1001 + i FROM {}",
        database.literal(&owner.workspace),
        database.literal(&owner.general),
        database.id(Kind::Member, "1"),
        database.series(n)
    ));
    database.execute(&statements).await
}
