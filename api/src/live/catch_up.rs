//! Catching up: the events after a cursor that a member may see, judged by who was in what at each
//! number, exactly as the live stream judged.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::room::Room;
use crate::channel::entity::channel_member;
use crate::db::Database;
use crate::error::{Error, Result};
use crate::event::{Audience, Event, Seq, SharedEvent, Skeleton, audience};
use crate::id::{ChannelId, MemberId, WorkspaceId};
use crate::log::read;
use crate::member;

/// Events looked at in one step.
const STEP: usize = 128;
/// Further behind than this a client takes boot instead.
pub const HORIZON: Seq = 2_000;

/// One step of catching up.
#[derive(Debug, Default)]
pub struct Step {
    /// What the member may see, in order.
    pub events: Vec<SharedEvent>,
    /// Everything up to here was looked at.
    pub cursor: Seq,
}

/// Reads the next step after `cursor`: from the ring, or from the database before the ring begins.
///
/// # Errors
/// When the database does not answer.
pub async fn step(room: &Room, database: &Database, member_id: MemberId, number: u32, cursor: Seq) -> Result<Step> {
    match room.after(cursor, STEP) {
        Some(deliveries) => {
            let cursor = deliveries.last().map_or(cursor, |delivery| delivery.event.seq);
            let seen = deliveries.into_iter().filter(|delivery| delivery.recipients.contains(number));
            Ok(Step { events: seen.map(|delivery| delivery.event).collect(), cursor })
        }
        None => from_database(room, database, member_id, cursor).await,
    }
}

async fn from_database(room: &Room, database: &Database, member_id: MemberId, cursor: Seq) -> Result<Step> {
    let _turn = room.turns.acquire().await.map_err(Error::internal)?;
    let snapshot = database.snapshot().await?;
    let events = read::after(&snapshot, room.workspace_id(), cursor, STEP as u64).await?;
    let visibility = Visibility::read(&snapshot, room.workspace_id(), member_id, cursor).await?;
    let _ = snapshot.rollback().await;
    let cursor = events.last().map_or(cursor, |event| event.seq);
    Ok(Step { events: events.into_iter().filter(|event| visibility.sees(event)).collect(), cursor })
}

/// When a member was in the workspace and in which channels, as stays `[joined, left)`.
#[derive(Debug)]
pub struct Visibility {
    member_id: MemberId,
    /// Those that reach beyond the cursor.
    in_workspace: Vec<(Seq, Seq)>,
    in_channels: HashMap<ChannelId, Vec<(Seq, Seq)>>,
}

impl Visibility {
    /// What a member sees of the events after `cursor`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read(
        snapshot: &impl ConnectionTrait,
        workspace_id: WorkspaceId,
        member_id: MemberId,
        cursor: Seq,
    ) -> Result<Self> {
        let member = member::entity::Entity::find_by_id((workspace_id, member_id)).one(snapshot).await?;
        let mut in_workspace = Vec::new();
        if let Some(member) = member.filter(|member| member.active) {
            in_workspace.push((member.joined_seq, Seq::MAX));
        }
        // Who was there all the time since the cursor, as most are, has no earlier stays to look for.
        if in_workspace.first().is_none_or(|(joined, _)| *joined > cursor + 1) {
            in_workspace = stays_after(cursor, member_id, &read::memberships(snapshot, workspace_id, cursor).await?);
        }
        let rows = channel_member::Entity::find()
            .filter(channel_member::Column::WorkspaceId.eq(workspace_id))
            .filter(channel_member::Column::MemberId.eq(member_id))
            .all(snapshot)
            .await?;
        let mut in_channels: HashMap<ChannelId, Vec<(Seq, Seq)>> = HashMap::new();
        for row in rows {
            in_channels.entry(row.channel_id).or_default().push((row.joined_seq, row.left_seq.unwrap_or(Seq::MAX)));
        }
        Ok(Self { member_id, in_workspace, in_channels })
    }

    /// Whether the member may see the event. Direct channels keep their people for ever, so being in the
    /// channel is not enough.
    pub fn sees(&self, event: &Event) -> bool {
        let inside = |stays: &[(Seq, Seq)]| stays.iter().any(|(joined, left)| (*joined..*left).contains(&event.seq));
        let present = inside(&self.in_workspace);
        match audience(event) {
            Audience::Workspace { also } => present || also == Some(self.member_id),
            Audience::Channel { id, also } => {
                also == Some(self.member_id)
                    || (present && self.in_channels.get(&id).is_some_and(|stays| inside(stays)))
            }
            Audience::Members(ids) => ids.contains(&self.member_id),
        }
    }
}

/// The stays of a member that reach beyond `cursor`, from the joinings and leavings after it.
fn stays_after(cursor: Seq, member_id: MemberId, memberships: &[SharedEvent]) -> Vec<(Seq, Seq)> {
    let mut stays = Vec::new();
    let mut open = None;
    for event in memberships {
        match &event.skeleton {
            Skeleton::MemberJoined { member_id: id, .. } if *id == member_id => open = Some(event.seq),
            // Whoever leaves without having joined since was there at the cursor.
            Skeleton::MemberLeft { member_id: id } if *id == member_id => {
                stays.push((open.take().unwrap_or(cursor), event.seq));
            }
            _ => {}
        }
    }
    stays.extend(open.map(|joined| (joined, Seq::MAX)));
    stays
}
