//! Catching up: the events after a cursor that a member may see, judged by who was in what at each
//! number, exactly as the live stream judged.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::queue::TAKEN_BYTES;
use super::removed;
use super::room::Room;
use crate::budget::Owner;
use crate::channel::entity::channel_member;
use crate::db::{Database, Scope};
use crate::error::Result;
use crate::event::{Audience, Event, Seq, SharedEvent, audience};
use crate::id::{ChannelId, MemberId};
use crate::log::read;
pub use crate::log::read::HORIZON;
use crate::member::stay_entity as member_stay;
use crate::planted::{self, Bug};

/// Events looked at in one step.
const STEP: usize = 128;
/// Bytes of events after which no more are read from the database in one step: what is sent at a time, so that nothing
/// is read in vain.
pub const STEP_BYTES: usize = TAKEN_BYTES;

/// One step of catching up.
#[derive(Debug, Default)]
pub struct Step {
    /// What the member may see, in order.
    pub events: Vec<SharedEvent>,
    /// Everything up to here was looked at.
    pub cursor: Seq,
}

/// Reads the next step of a member, with their number in the room, after `cursor`: from the ring, or from the database
/// before the ring begins, when it is the turn of their account.
///
/// # Errors
/// When the database does not answer.
pub async fn step(
    room: &Room,
    database: &Database,
    owner: Owner,
    (member_id, number): (MemberId, u32),
    cursor: Seq,
) -> Result<Step> {
    if planted::is(Bug::JudgeByToday) {
        return from_database(room, database, owner, member_id, cursor).await;
    }
    match room.after(cursor, STEP) {
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
    let _turn = room.catch_ups().wait(owner).await;
    let snapshot = database.snapshot(Scope::Workspace(room.workspace_id())).await?;
    let events = read::within(&snapshot, room.workspace_id(), cursor, STEP as i64, STEP_BYTES as i64).await;
    let mut events = events.inspect_err(|error| room.note(error))?;
    removed::withhold(&snapshot, room.workspace_id(), &mut events).await?;
    let stays = channel_member::Entity::find()
        .filter(channel_member::Column::WorkspaceId.eq(room.workspace_id()))
        .filter(channel_member::Column::MemberId.eq(member_id))
        .all(&snapshot)
        .await?;
    let here = member_stay::Entity::find()
        .filter(member_stay::Column::WorkspaceId.eq(room.workspace_id()))
        .filter(member_stay::Column::MemberId.eq(member_id))
        .all(&snapshot)
        .await?;
    let _ = snapshot.rollback().await;
    let visibility = Visibility::new(member_id, here, stays);
    let cursor = events.last().map_or(cursor, |event| event.seq);
    Ok(Step { events: events.into_iter().filter(|event| visibility.sees(event)).collect(), cursor })
}

/// From a number on, and up to another without it.
type Stay = (Seq, Seq);

/// When a member was in the workspace, and in which channel.
#[derive(Debug)]
pub struct Visibility {
    member_id: MemberId,
    here: Vec<Stay>,
    stays: HashMap<ChannelId, Vec<Stay>>,
}

impl Visibility {
    /// From the member's stays `[joined, left)` in the workspace and in its channels.
    pub fn new(member_id: MemberId, here: Vec<member_stay::Model>, rows: Vec<channel_member::Model>) -> Self {
        let stay = |joined, left: Option<Seq>| (joined, left.unwrap_or(Seq::MAX));
        let here = here.into_iter().map(|row| stay(row.joined_seq, row.left_seq)).collect();
        let mut stays: HashMap<ChannelId, Vec<Stay>> = HashMap::new();
        for row in rows {
            stays.entry(row.channel_id).or_default().push(stay(row.joined_seq, row.left_seq));
        }
        Self { member_id, here, stays }
    }

    /// Whether the member may see the event.
    pub fn sees(&self, event: &Event) -> bool {
        let today = planted::is(Bug::JudgeByToday);
        let during = |stays: &[Stay]| {
            stays.iter().any(
                |(joined, left)| {
                    if today { *left == Seq::MAX } else { *joined <= event.seq && event.seq < *left }
                },
            )
        };
        let me = Some(self.member_id);
        match audience(event) {
            Audience::Workspace { also } => also == me || during(&self.here),
            // Who is out of the workspace keeps their direct channels, but gets nothing from them.
            Audience::Channel { id, also } => {
                also == me || during(&self.here) && self.stays.get(&id).is_some_and(|stays| during(stays))
            }
            Audience::Members(ids) => ids.contains(&self.member_id) && during(&self.here),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use crate::event::{Body, Skeleton};
    use crate::file::kind::FileKind;
    use crate::id::{AccountId, FileId, WorkspaceId};
    use crate::member::Role;
    use crate::workspace::state::Workspace;

    fn event(seq: Seq, actor: MemberId, skeleton: Skeleton) -> Event {
        let (workspace_id, command_id) = (WorkspaceId::SERVER, uuid::Uuid::nil());
        Event { workspace_id, seq, at: Moment(0), actor_id: actor.0, command_id, skeleton, body: Body::default() }
    }

    /// What concerns one member alone, by their id.
    fn upload(seq: Seq, actor: MemberId) -> Event {
        event(seq, actor, Skeleton::FileUploaded { file_id: FileId::mint(), file_kind: FileKind::Other, size: 1 })
    }

    fn joined(seq: Seq, member_id: MemberId, account_id: AccountId) -> Event {
        let (role, invite_id, avatar_id) = (Role::Member, None, None);
        event(seq, member_id, Skeleton::MemberJoined { member_id, account_id, role, invite_id, avatar_id })
    }

    #[test]
    fn one_who_has_left_is_told_nothing_by_their_id_live_or_later() {
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
            workspace.fold(event);
            let number = workspace.member(me).unwrap().number;
            if workspace.recipients(&audience(event)).contains(number) {
                live.push(event.seq);
            }
        }
        let later: Vec<Seq> = log.iter().filter(|event| later.sees(event)).map(|event| event.seq).collect();
        assert_eq!((live, later), (vec![1, 2, 3, 5, 6], vec![1, 2, 3, 5, 6]));
    }
}
