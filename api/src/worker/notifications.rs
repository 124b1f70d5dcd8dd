//! The durable reader that writes notifications: mentions by name, replies, direct messages.
//!
//! Who is told is judged by who was in the channel at the message's number. The author is never told; of several
//! reasons the strongest counts. A reply is told to who began the thread and who replied in it. What an edit no longer
//! mentions is no longer told, whom it mentions anew is told once, and a deleted message takes its notifications with
//! it. A mention of a whole channel is not written here: its row in `mention` is the notification of everybody.
//!
//! Promises: a message writes at most a hundred and some rows, whatever it says and however many read it; whoever's
//! notifications change has a new revision, which is told to their devices with the count, so that none boots.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::channel::ChannelKind;
use crate::channel::entity::channel;
use crate::db::many::among;
use crate::db::{Database, Scope, Transaction};
use crate::error::Result;
use crate::event::{Event, SharedEvent, Skeleton};
use crate::id::{ChannelId, MemberId, MessageId, WorkspaceId};
use crate::live::rooms::Rooms;
use crate::live::signal::{Signal, Unread};
use crate::log::reader::Handler;
use crate::notification::entity;
use crate::notification::unread;
use crate::notification::writing::{Subject, lose, take_back};
use crate::reading;

/// Counts that are made on one snapshot, which is not to be held for long.
const COUNTS: usize = 100;

/// The reader.
#[derive(Debug, Clone)]
pub struct Notifications {
    /// Who is connected here is told at once.
    pub rooms: Arc<Rooms>,
    pub database: Database,
}

/// What a run of events did.
#[derive(Debug, Default)]
pub struct Done {
    workspace_id: Option<WorkspaceId>,
    /// The notifications that were written, and are still there.
    told: Vec<entity::Model>,
    /// Whose notifications changed, and the revision of what is private to them since.
    revs: HashMap<MemberId, i64>,
}

impl Done {
    /// Some went, for another reason than an event.
    pub fn changed(workspace_id: WorkspaceId, revs: HashMap<MemberId, i64>) -> Self {
        Self { workspace_id: Some(workspace_id), told: Vec::new(), revs }
    }
}

impl Handler for Notifications {
    type After = Done;
    const NAME: &'static str = "notifications";
    // A message writes at most a hundred and some rows: a run is a few thousand.
    const RUN: u64 = 32;

    async fn handle(&self, transaction: &Transaction, events: &[SharedEvent]) -> Result<Self::After> {
        let Some(workspace_id) = events.first().map(|event| event.workspace_id) else { return Ok(Done::default()) };
        let deleted: HashSet<MessageId> = events.iter().filter_map(|event| deletion(event)).collect();
        let mut subjects: Vec<Subject> = events.iter().filter_map(|event| Subject::of(event)).collect();
        subjects.retain(|subject| !deleted.contains(&subject.message_id));
        let directs = directs(transaction, workspace_id, &subjects).await?;
        let mut changed = BTreeSet::new();
        let mut told: Vec<entity::Model> = Vec::new();
        for subject in &subjects {
            let direct = directs.contains(&subject.channel_id);
            if subject.is_edit {
                let lost = lose(transaction, subject, direct).await?;
                told.retain(|row| row.message_id != subject.message_id || !lost.contains(&row.member_id));
                changed.extend(lost);
            }
            let written = subject.write(transaction, direct).await?;
            changed.extend(written.iter().map(|row| row.member_id));
            told.extend(written);
        }
        changed.extend(take_back(transaction, workspace_id, deleted).await?);
        let revs = reading::service::raise_all(transaction, workspace_id, changed).await?;
        Ok(Done { workspace_id: Some(workspace_id), told, revs })
    }

    async fn after(&self, done: Done) {
        let Some(workspace_id) = done.workspace_id else { return };
        let mut rows: HashMap<MemberId, Vec<entity::Model>> = HashMap::new();
        for row in done.told {
            rows.entry(row.member_id).or_default().push(row);
        }
        let members: Vec<(MemberId, i64)> = done.revs.into_iter().collect();
        for part in members.chunks(COUNTS) {
            let counts = match self.count(workspace_id, part).await {
                Ok(counts) => counts,
                Err(error) => {
                    tracing::warn!(%error, %workspace_id, "notifications were stored but not signalled");
                    continue;
                }
            };
            for ((member_id, private_rev), unread) in part.iter().copied().zip(counts) {
                let added = rows.remove(&member_id).unwrap_or_default().into_iter();
                let mut signals: Vec<Signal> = added.map(|row| signal(&row, unread, private_rev)).collect();
                if signals.is_empty() {
                    signals.push(Signal::NotificationsChanged { unread, private_rev });
                }
                for signal in signals {
                    self.rooms.signal(workspace_id, member_id, signal);
                }
            }
        }
    }
}

impl Notifications {
    async fn count(&self, workspace_id: WorkspaceId, members: &[(MemberId, i64)]) -> Result<Vec<Unread>> {
        let snapshot = self.database.snapshot(Scope::Workspace(workspace_id)).await?;
        let mut counts = Vec::with_capacity(members.len());
        for (member_id, _) in members {
            counts.push(unread::count(&snapshot, workspace_id, *member_id).await?);
        }
        Ok(counts)
    }
}

fn signal(row: &entity::Model, unread: Unread, private_rev: i64) -> Signal {
    Signal::NotificationAdded {
        unread,
        seq: row.seq,
        channel_id: row.channel_id,
        message_id: row.message_id,
        reason: row.reason,
        private_rev,
    }
}

fn deletion(event: &Event) -> Option<MessageId> {
    match &event.skeleton {
        Skeleton::MessageDeleted { message_id, .. } => Some(*message_id),
        _ => None,
    }
}

/// Which of the channels of these messages are direct.
async fn directs(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    subjects: &[Subject<'_>],
) -> Result<HashSet<ChannelId>> {
    let ids: BTreeSet<ChannelId> = subjects.iter().map(|subject| subject.channel_id).collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = channel::Entity::find()
        .filter(channel::Column::WorkspaceId.eq(workspace_id))
        .filter(channel::Column::Kind.eq(ChannelKind::Direct))
        .filter(among(transaction, channel::Column::Id, ids))
        .all(transaction)
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
