//! The durable reader that writes notifications for mentions, replies and direct messages.
//!
//! - Recipients are determined by channel membership at the message's sequence number. The author is never notified. Of
//!   several reasons the strongest applies.
//! - A reply notifies the author of the thread's first message and everyone who replied before.
//! - An edit removes the notifications of mentions it drops and notifies newly mentioned members once. Deleting a
//!   message removes its notifications.
//! - A mention of an entire channel writes no rows here: its row in `mention` serves as the notification of all
//!   members.
//!
//! A message writes little more than a hundred rows, regardless of its text and of the number of readers. Members whose
//! notifications change get a new private revision, which is sent to their clients together with the count, so that
//! none needs to call `boot`.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::chat::notification::writing::{NotifiableMessage, withdraw_after_edit, withdraw_deleted};
use crate::ground::db::Transaction;
use crate::ground::db::batch_query::among;
use crate::ground::error::Result;
use crate::ground::id::{ChannelId, MemberId, MessageId, WorkspaceId};
use crate::live::notification::notifier::{Change, Notifier};
use crate::live::read_state;
use crate::log::reader::Handler;
use crate::model::channel::ChannelKind;
use crate::model::channel::entity::channel;
use crate::model::event::{Erasure, Event, SharedEvent};
use crate::model::notification::entity;

/// The durable reader.
#[derive(Debug, Clone)]
pub struct Notifications {
    /// Sends the changes to connected clients.
    pub notifier: Notifier,
}

/// The changes made by a batch of events.
#[derive(Debug, Default)]
pub struct IndexBatch {
    workspace_id: Option<WorkspaceId>,
    /// The notifications that were written and not removed since.
    added: Vec<entity::Model>,
    /// The members whose notifications changed, with their new private revision.
    revs: HashMap<MemberId, i64>,
    /// Which member caused the change, by affected member.
    causes: HashMap<MemberId, MemberId>,
}

impl IndexBatch {
    /// Creates changes that were not caused by an event, such as pruned notifications.
    pub fn from_revisions(workspace_id: WorkspaceId, revs: HashMap<MemberId, i64>) -> Self {
        Self { workspace_id: Some(workspace_id), revs, ..Self::default() }
    }
}

impl Handler for Notifications {
    type After = IndexBatch;
    const NAME: &'static str = "notifications";
    // A message writes little more than a hundred rows, so a batch writes a few thousand.
    const BATCH_SIZE: u64 = 32;

    async fn handle(&self, transaction: &Transaction, events: &[SharedEvent]) -> Result<Self::After> {
        let Some(workspace_id) = events.first().map(|event| event.workspace_id) else {
            return Ok(IndexBatch::default());
        };
        let deleted: HashSet<MessageId> = events.iter().filter_map(|event| deletion(event)).collect();
        let mut subjects: Vec<NotifiableMessage> =
            events.iter().filter_map(|event| NotifiableMessage::from_event(event)).collect();
        subjects.retain(|subject| !deleted.contains(&subject.row.id));
        let directs = directs(transaction, workspace_id, &subjects).await?;
        let mut causes: HashMap<MemberId, MemberId> = HashMap::new();
        let mut added: Vec<entity::Model> = Vec::new();
        for subject in &subjects {
            let is_direct = directs.contains(&subject.row.channel_id);
            if subject.is_edit {
                let removed = withdraw_after_edit(transaction, subject, is_direct).await?;
                added.retain(|row| row.message_id != subject.row.id || !removed.contains(&row.member_id));
                for id in removed {
                    causes.entry(id).or_insert(subject.row.author_id);
                }
            }
            let written = subject.write(transaction, is_direct).await?;
            for row in &written {
                causes.entry(row.member_id).or_insert(subject.row.author_id);
            }
            added.extend(written);
        }
        let deleter = events.iter().find(|event| deletion(event).is_some()).map(|event| event.actor());
        for id in withdraw_deleted(transaction, workspace_id, deleted).await? {
            causes.entry(id).or_insert(deleter.unwrap_or(id));
        }
        let changed: BTreeSet<MemberId> = causes.keys().copied().collect();
        let revs = read_state::writes::bump_private_revs(transaction, workspace_id, changed).await?;
        Ok(IndexBatch { workspace_id: Some(workspace_id), added, revs, causes })
    }

    async fn after(&self, batch: IndexBatch) {
        let Some(workspace_id) = batch.workspace_id else { return };
        let mut rows: HashMap<MemberId, Vec<entity::Model>> = HashMap::new();
        for row in batch.added {
            rows.entry(row.member_id).or_default().push(row);
        }
        let change = |(member_id, private_rev)| {
            let (added, by) = (rows.remove(&member_id).unwrap_or_default(), batch.causes.get(&member_id).copied());
            (member_id, Change { private_rev, added, by })
        };
        let changes: Vec<(MemberId, Change)> = batch.revs.into_iter().map(change).collect();
        self.notifier.publish(workspace_id, changes).await;
    }
}

fn deletion(event: &Event) -> Option<MessageId> {
    match event.skeleton.erases() {
        Some(Erasure::Message(id)) => Some(id),
        Some(Erasure::File(_)) | None => None,
    }
}

/// Returns which channels of these messages are direct.
async fn directs(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    subjects: &[NotifiableMessage],
) -> Result<HashSet<ChannelId>> {
    let ids: BTreeSet<ChannelId> = subjects.iter().map(|subject| subject.row.channel_id).collect();
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
