//! The durable reader that writes notifications: mentions by name, replies, direct messages.
//!
//! Who is told is judged by who was in the channel at the message's number. The author is never told; of several
//! reasons the strongest counts. A reply is told to who began the thread and who replied in it. What an edit no longer
//! mentions is no longer told, whom it mentions anew is told once, and a deleted message takes its notifications with
//! it. A mention of a whole channel is not written here: its row in `mention` is the notification of everybody.
//!
//! Promises: a message writes at most a hundred and some rows, whatever it says and however many read it; whoever's
//! notifications change has a new revision, which is told to their devices with the count, so that none boots.

pub mod telling;

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::channel::ChannelKind;
use crate::channel::entity::channel;
use crate::db::Transaction;
use crate::db::many::among;
use crate::error::Result;
use crate::event::{Event, SharedEvent, Skeleton};
use crate::id::{ChannelId, MemberId, MessageId, WorkspaceId};
use crate::log::reader::Handler;
use crate::notification::entity;
use crate::notification::writing::{Subject, lose, take_back};
use crate::reading;
use telling::{Change, Telling};

/// The reader.
#[derive(Debug, Clone)]
pub struct Notifications {
    /// What tells whoever is connected.
    pub telling: Telling,
}

/// What a run of events did.
#[derive(Debug, Default)]
pub struct Done {
    workspace_id: Option<WorkspaceId>,
    /// The notifications that were written, and are still there.
    told: Vec<entity::Model>,
    /// Whose notifications changed, and the revision of what is private to them since.
    revs: HashMap<MemberId, i64>,
    /// Who changed them.
    causes: HashMap<MemberId, MemberId>,
}

impl Done {
    /// Some went, for another reason than an event.
    pub fn changed(workspace_id: WorkspaceId, revs: HashMap<MemberId, i64>) -> Self {
        Self { workspace_id: Some(workspace_id), revs, ..Self::default() }
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
        let mut causes: HashMap<MemberId, MemberId> = HashMap::new();
        let mut told: Vec<entity::Model> = Vec::new();
        for subject in &subjects {
            let direct = directs.contains(&subject.channel_id);
            if subject.is_edit {
                let lost = lose(transaction, subject, direct).await?;
                told.retain(|row| row.message_id != subject.message_id || !lost.contains(&row.member_id));
                for id in lost {
                    causes.entry(id).or_insert(subject.author_id);
                }
            }
            let written = subject.write(transaction, direct).await?;
            for row in &written {
                causes.entry(row.member_id).or_insert(subject.author_id);
            }
            told.extend(written);
        }
        let deleter = events.iter().find(|event| deletion(event).is_some()).map(|event| event.actor());
        for id in take_back(transaction, workspace_id, deleted).await? {
            causes.entry(id).or_insert(deleter.unwrap_or(id));
        }
        let changed: BTreeSet<MemberId> = causes.keys().copied().collect();
        let revs = reading::service::raise_all(transaction, workspace_id, changed).await?;
        Ok(Done { workspace_id: Some(workspace_id), told, revs, causes })
    }

    async fn after(&self, done: Done) {
        let Some(workspace_id) = done.workspace_id else { return };
        let mut rows: HashMap<MemberId, Vec<entity::Model>> = HashMap::new();
        for row in done.told {
            rows.entry(row.member_id).or_default().push(row);
        }
        let change = |(member_id, private_rev)| {
            let (added, by) = (rows.remove(&member_id).unwrap_or_default(), done.causes.get(&member_id).copied());
            (member_id, Change { private_rev, added, by })
        };
        let changes: Vec<(MemberId, Change)> = done.revs.into_iter().map(change).collect();
        self.telling.tell(workspace_id, changes).await;
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
