//! Verify: proves that every log is 1, 2, 3 … and that no event was changed since it was appended.
//!
//! It recomputes every digest from the header and the body's hash, and the hash from the body where the
//! body has not been erased.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::chain;
use super::entity::{event, log};
use super::read::RANGE;
use crate::db::{Database, Scope};
use crate::error::Result;
use crate::event::{Seq, Skeleton};
use crate::id::WorkspaceId;

/// What is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{workspace_id} at {seq}: {what}")]
pub struct Flaw {
    /// The log.
    pub workspace_id: WorkspaceId,
    /// The number at which it was found.
    pub seq: Seq,
    /// What it is.
    pub what: &'static str,
}

/// What was looked at, and what was found. After a flaw a log is not read further.
#[derive(Debug, Default)]
pub struct Report {
    /// Logs read.
    pub logs: u64,
    /// Events proven.
    pub events: u64,
    /// Events whose texts were erased.
    pub erased: u64,
    /// What is wrong.
    pub flaws: Vec<Flaw>,
}

/// Proves every log.
///
/// # Errors
/// When the database does not answer.
pub async fn all(database: &Database, mut progress: impl FnMut(u64)) -> Result<Report> {
    let mut report = Report::default();
    for head in database.outside().all(log::Entity::find()).await? {
        report.logs += 1;
        if let Some(flaw) = one(database, &head, &mut report, &mut progress).await? {
            report.flaws.push(flaw);
        }
    }
    Ok(report)
}

async fn one(
    database: &Database,
    head: &log::Model,
    report: &mut Report,
    progress: &mut impl FnMut(u64),
) -> Result<Option<Flaw>> {
    let flaw = |seq, what| Ok(Some(Flaw { workspace_id: head.workspace_id, seq, what }));
    let scope = Scope::Workspace(head.workspace_id);
    let (mut seq, mut digest) = (0, Vec::new());
    while seq < head.last_seq {
        let rows = event::Entity::find()
            .filter(event::Column::WorkspaceId.eq(head.workspace_id))
            .filter(event::Column::Seq.gt(seq))
            .filter(event::Column::Seq.lte(head.last_seq))
            .order_by_asc(event::Column::Seq)
            .limit(RANGE)
            .all(&database.snapshot(scope).await?)
            .await?;
        if rows.is_empty() {
            return flaw(seq + 1, "the event is missing");
        }
        for row in rows {
            if row.seq != seq + 1 {
                return flaw(seq + 1, "the event is missing");
            }
            if chain::digest(&digest, &row)? != row.digest {
                return flaw(row.seq, "the digest does not follow from the event");
            }
            if row.version > head.version {
                return flaw(row.seq, "the event is of a newer version than the log says");
            }
            if !columns_agree(&row) {
                return flaw(row.seq, "kind and message_id are not those of the skeleton");
            }
            match (&row.salt, &row.body) {
                (Some(salt), Some(body)) if chain::body_hash(salt, body) != row.body_hash => {
                    return flaw(row.seq, "the body is not the one that was appended");
                }
                (Some(_), Some(_)) => {}
                (None, None) => report.erased += 1,
                _ => return flaw(row.seq, "salt and body are not erased together"),
            }
            (seq, digest) = (row.seq, row.digest);
            report.events += 1;
        }
        progress(report.events);
    }
    let beyond = event::Entity::find()
        .filter(event::Column::WorkspaceId.eq(head.workspace_id))
        .filter(event::Column::Seq.gt(head.last_seq))
        .order_by_asc(event::Column::Seq);
    if let Some(row) = beyond.one(&database.snapshot(scope).await?).await? {
        return flaw(row.seq, "there are events beyond the head of the log");
    }
    if digest != head.digest {
        return flaw(seq, "the head of the log has another digest");
    }
    Ok(None)
}

/// The columns that erasures and operators go by are drawn from the skeleton, which the digest proves. What
/// a newer version wrote cannot be read here.
fn columns_agree(row: &event::Model) -> bool {
    serde_json::from_str::<Skeleton>(&row.skeleton)
        .map_or(row.version > Skeleton::VERSION, |it| it.kind() == row.kind && it.subject() == row.subject_id)
}
