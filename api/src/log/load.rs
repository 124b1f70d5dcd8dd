//! Creates logs, and loads the state of a workspace from the tables.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::read;
use crate::ground::db::{Database, Scope};
use crate::ground::error::{Error, Result};
use crate::ground::id::{ChannelId, MemberId, WorkspaceId};
use crate::model::channel::ChannelKind;
use crate::model::channel::entity::{channel, channel_member};
use crate::model::log::entity::log;
use crate::model::workspace::entity as workspace;
use crate::model::workspace::state::Workspace;
use crate::model::{emoji, member};

/// Creates a log unless it exists. An empty log is a single row.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn create(database: &Database, id: WorkspaceId) -> Result<()> {
    let transaction = database.write(Scope::Workspace(id)).await?;
    let (last_seq, digest) = (Set(0), Set(Vec::new()));
    let row = log::ActiveModel { workspace_id: Set(id), last_seq, digest, ..Default::default() };
    log::Entity::insert(row)
        .on_conflict(OnConflict::column(log::Column::WorkspaceId).do_nothing().to_owned())
        .exec_without_returning(&transaction)
        .await?;
    Ok(transaction.commit().await?)
}

/// Loads a workspace from the tables, at the current head of its log.
///
/// # Errors
/// Returns `NOT_FOUND` if the log does not exist.
pub async fn load(database: &Database, id: WorkspaceId) -> Result<Workspace> {
    let snapshot = database.snapshot(Scope::Workspace(id)).await?;
    let seq = read::last_seq(&snapshot, id).await?.ok_or(Error::NotFound("workspace"))?;
    let mut workspace = Workspace::empty(id);
    if let Some(row) = workspace::Entity::find_by_id(id).one(&snapshot).await? {
        workspace.set(row);
    }
    let members = member::entity::Entity::find()
        .filter(member::entity::Column::WorkspaceId.eq(id))
        .order_by_asc(member::entity::Column::Id)
        .all(&snapshot)
        .await?;
    for row in members {
        workspace.insert_member(row);
    }
    let channels = channel::Entity::find().filter(channel::Column::WorkspaceId.eq(id)).all(&snapshot).await?;
    let directs: Vec<ChannelId> =
        channels.iter().filter(|row| row.kind == ChannelKind::Direct).map(|row| row.id).collect();
    for row in channels {
        workspace.insert_channel(row.into());
    }
    // Only current members, which a separate index finds without reading past stays.
    let channel_members: Vec<(ChannelId, MemberId)> = channel_member::Entity::find()
        .select_only()
        .columns([channel_member::Column::ChannelId, channel_member::Column::MemberId])
        .filter(channel_member::Column::WorkspaceId.eq(id))
        .filter(channel_member::Column::LeftSeq.is_null())
        .into_tuple()
        .all(&snapshot)
        .await?;
    for (channel_id, member_id) in channel_members {
        workspace.join_channel(channel_id, member_id);
    }
    for id in directs {
        let members = workspace.channel(id).map(|channel| channel.members.clone()).unwrap_or_default();
        let ids = workspace.members_by_number(&members).map(|member| member.id).collect();
        workspace.insert_direct(id, ids);
    }
    let emoji = emoji::entity::Entity::find().filter(emoji::entity::Column::WorkspaceId.eq(id)).all(&snapshot).await?;
    for row in emoji {
        workspace.insert_emoji(row);
    }
    workspace.seq = seq;
    let _ = snapshot.rollback().await;
    Ok(workspace)
}
