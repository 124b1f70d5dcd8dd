//! Catching up: reads the events after a cursor that a member may see. Visibility is judged by the member's stays in
//! the workspace and its channels at each sequence number, exactly as in live delivery.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::queue::MAX_RECEIVE_BYTES;
use super::removed_files;
use super::room::Room;
use crate::ground::budget::Owner;
use crate::ground::db::{Database, Scope};
use crate::ground::error::Result;
use crate::ground::id::{ChannelId, MemberId};
use crate::ground::planted;
use crate::log::read;
pub use crate::log::read::CATCH_UP_LIMIT;
use crate::model::channel::entity::channel_member;
use crate::model::event::{Audience, Event, Seq, SharedEvent, audience};
use crate::model::member::stay_entity as member_stay;

/// Maximum number of events read per step.
const MAX_STEP_EVENTS: usize = 128;
/// Size in bytes after which a step stops reading from the database. Equals what is sent at a time, so that no event is
/// read needlessly.
pub const MAX_STEP_BYTES: usize = MAX_RECEIVE_BYTES;

/// The result of one step.
#[derive(Debug, Default)]
pub struct Step {
    /// The events visible to the member, in order.
    pub events: Vec<SharedEvent>,
    /// The sequence number up to which events were read.
    pub cursor: Seq,
}

/// Reads the next step after `cursor` for a member with their room-local number: from the ring buffer if it reaches
/// back far enough, otherwise from the database under a permit of their account.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn step(
    room: &Room,
    database: &Database,
    owner: Owner,
    (member_id, number): (MemberId, u32),
    cursor: Seq,
) -> Result<Step> {
    match planted::forget_recipients(room.after(cursor, MAX_STEP_EVENTS)) {
        Some(deliveries) => {
            let cursor = deliveries.last().map_or(cursor, |delivery| delivery.event.seq);
            let seen = deliveries.into_iter().filter(|delivery| delivery.recipients.contains(number));
            Ok(Step { events: seen.map(|delivery| delivery.event).collect(), cursor })
        }
        None => from_database(room, database, owner, member_id, cursor).await,
    }
}

async fn from_database(
    room: &Room,
    database: &Database,
    owner: Owner,
    member_id: MemberId,
    cursor: Seq,
) -> Result<Step> {
    let _permit = room.catch_ups().wait(owner).await;
    let snapshot = database.snapshot(Scope::Workspace(room.workspace_id())).await?;
    let (limit, bytes) = (MAX_STEP_EVENTS as i64, MAX_STEP_BYTES as i64);
    let events = read::after_within_bytes(&snapshot, room.workspace_id(), cursor, limit, bytes).await;
    let mut events = events.inspect_err(|error| room.observe_error(error))?;
    removed_files::withhold(&snapshot, room.workspace_id(), &mut events).await?;
    let channel_stays = channel_member::Entity::find()
        .filter(channel_member::Column::WorkspaceId.eq(room.workspace_id()))
        .filter(channel_member::Column::MemberId.eq(member_id))
        .all(&snapshot)
        .await?;
    let workspace_stays = member_stay::Entity::find()
        .filter(member_stay::Column::WorkspaceId.eq(room.workspace_id()))
        .filter(member_stay::Column::MemberId.eq(member_id))
        .all(&snapshot)
        .await?;
    let _ = snapshot.rollback().await;
    let visibility = Visibility::new(member_id, workspace_stays, channel_stays);
    let cursor = events.last().map_or(cursor, |event| event.seq);
    Ok(Step { events: events.into_iter().filter(|event| visibility.sees(event)).collect(), cursor })
}

/// A half-open range of sequence numbers.
type Stay = (Seq, Seq);

/// The stays of a member in a workspace and its channels.
#[derive(Debug)]
pub struct Visibility {
    member_id: MemberId,
    in_workspace: Vec<Stay>,
    in_channels: HashMap<ChannelId, Vec<Stay>>,
}

impl Visibility {
    /// Creates it from the member's stays `[joined, left)`.
    pub fn new(
        member_id: MemberId,
        workspace_stays: Vec<member_stay::Model>,
        channel_stays: Vec<channel_member::Model>,
    ) -> Self {
        let stay = |joined, left: Option<Seq>| planted::judge_by_today((joined, left.unwrap_or(Seq::MAX)));
        let in_workspace = workspace_stays.into_iter().map(|row| stay(row.joined_seq, row.left_seq)).collect();
        let mut in_channels: HashMap<ChannelId, Vec<Stay>> = HashMap::new();
        for row in channel_stays {
            in_channels.entry(row.channel_id).or_default().push(stay(row.joined_seq, row.left_seq));
        }
        Self { member_id, in_workspace, in_channels }
    }

    /// Whether the member may see an event.
    pub fn sees(&self, event: &Event) -> bool {
        let during = |stays: &[Stay]| stays.iter().any(|(joined, left)| *joined <= event.seq && event.seq < *left);
        let me = Some(self.member_id);
        match audience(event) {
            Audience::Workspace { also } => also == me || during(&self.in_workspace),
            // Former members keep their direct channels, but receive nothing from them.
            Audience::Channel { id, also } => {
                also == me || during(&self.in_workspace) && self.in_channels.get(&id).is_some_and(|stays| during(stays))
            }
            Audience::Members(ids) => ids.contains(&self.member_id) && during(&self.in_workspace),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::clock::Timestamp;
    use crate::ground::id::{AccountId, FileId, WorkspaceId};
    use crate::model::event::{Body, Skeleton};
    use crate::model::file::kind::FileKind;
    use crate::model::member::Role;
    use crate::model::workspace::state::Workspace;

    fn event(seq: Seq, actor: MemberId, skeleton: Skeleton) -> Event {
        let (workspace_id, command_id) = (WorkspaceId::SERVER, uuid::Uuid::nil());
        Event { workspace_id, seq, at: Timestamp(0), actor_id: actor.0, command_id, skeleton, body: Body::default() }
    }

    /// An event that addresses one member by id.
    fn upload(seq: Seq, actor: MemberId) -> Event {
        event(seq, actor, Skeleton::FileUploaded { file_id: FileId::mint(), file_kind: FileKind::Other, size: 1 })
    }

    fn joined(seq: Seq, member_id: MemberId, account_id: AccountId) -> Event {
        let (role, invite_id, avatar_id) = (Role::Member, None, None);
        event(seq, member_id, Skeleton::MemberJoined { member_id, account_id, role, invite_id, avatar_id })
    }

    #[test]
    fn hides_events_from_former_members_live_and_in_catch_up() {
        let (me, account) = (MemberId::mint(), AccountId::mint());
        let log = [
            joined(1, me, account),
            upload(2, me),
            event(3, me, Skeleton::MemberLeft { member_id: me }),
            upload(4, me),
            joined(5, me, account),
            upload(6, me),
        ];
        let stay = |joined_seq, left_seq| member_stay::Model {
            workspace_id: WorkspaceId::SERVER,
            member_id: me,
            joined_seq,
            left_seq,
        };
        let later = Visibility::new(me, vec![stay(1, Some(3)), stay(5, None)], Vec::new());
        let mut workspace = Workspace::empty(WorkspaceId::SERVER);
        let mut live = Vec::new();
        for event in &log {
            workspace.apply(event);
            let number = workspace.member(me).unwrap().number;
            if workspace.recipients(&audience(event)).contains(number) {
                live.push(event.seq);
            }
        }
        let later: Vec<Seq> = log.iter().filter(|event| later.sees(event)).map(|event| event.seq).collect();
        assert_eq!((live, later), (vec![1, 2, 3, 5, 6], vec![1, 2, 3, 5, 6]));
    }
}
