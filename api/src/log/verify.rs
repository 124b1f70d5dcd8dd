//! Verify: checks that every log is gapless (1, 2, 3, …) and that no event was changed since it was appended.
//!
//! Recomputes every digest from the header and the body hash, and the body hash from the body unless it was erased.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::chain;
use super::read::PAGE_SIZE;
use crate::ground::db::{Database, Scope};
use crate::ground::error::Result;
use crate::ground::id::WorkspaceId;
use crate::model::event::{Seq, Skeleton};
use crate::model::log::entity::{event, log};

/// An inconsistency in a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{workspace_id} at {seq}: {what}")]
pub struct Flaw {
    /// The log.
    pub workspace_id: WorkspaceId,
    /// The sequence number at which it was found.
    pub seq: Seq,
    /// A description of the inconsistency.
    pub what: &'static str,
}

/// The result of a verification. A log is not read beyond its first flaw.
#[derive(Debug, Default)]
pub struct Report {
    /// Logs read.
    pub logs: u64,
    /// Events verified.
    pub events: u64,
    /// Events whose texts were erased.
    pub erased: u64,
    /// The flaws found, at most one per log.
    pub flaws: Vec<Flaw>,
}

/// Verifies all logs.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn all(database: &Database, mut progress: impl FnMut(u64)) -> Result<Report> {
    let mut report = Report::default();
    for head in database.global_tables().all(log::Entity::find()).await? {
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
            .limit(PAGE_SIZE)
            .all(&database.snapshot(scope).await?)
            .await?;
        if rows.is_empty() {
            return flaw(seq + 1, "event is missing");
        }
        for row in rows {
            if row.seq != seq + 1 {
                return flaw(seq + 1, "event is missing");
            }
            if chain::digest(&digest, &row)? != row.digest {
                return flaw(row.seq, "digest does not match the event");
            }
            if row.version > head.version {
                return flaw(row.seq, "event version exceeds the version of the log");
            }
            if !columns_agree(&row) {
                return flaw(row.seq, "kind or message_id does not match the skeleton");
            }
            match (&row.salt, &row.body) {
                (Some(salt), Some(body)) if chain::body_hash(salt, body) != row.body_hash => {
                    return flaw(row.seq, "body does not match its hash");
                }
                (Some(_), Some(_)) => {}
                (None, None) => report.erased += 1,
                _ => return flaw(row.seq, "salt and body were not erased together"),
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
        return flaw(row.seq, "event is beyond the head of the log");
    }
    if digest != head.digest {
        return flaw(seq, "digest of the log head does not match");
    }
    Ok(None)
}

/// The `kind` and `message_id` columns are derived from the skeleton, which the digest covers. The skeleton of an
/// unsupported version cannot be parsed.
fn columns_agree(row: &event::Model) -> bool {
    serde_json::from_str::<Skeleton>(&row.skeleton)
        .map_or(row.version > Skeleton::VERSION, |it| it.kind() == row.kind && it.subject() == row.subject_id)
}
