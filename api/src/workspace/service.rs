//! Creates, lists, updates and loads workspaces.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::command::Command;
use super::entity as workspace;
use super::state::{Channel, Emoji, Member, Workspace};
use super::view::View;
use super::{ChannelMentions, MAX_NAME_LENGTH, MAX_WORKSPACES_PER_ACCOUNT, entity};
use crate::account;
use crate::app::{self, App};
use crate::channel::ChannelKind;
use crate::channel::entity::{channel, channel_member};
use crate::db::{Database, Scope};
use crate::emoji;
use crate::error::{Error, Result};
use crate::id::{ChannelId, CommandId, FileId, MemberId, WorkspaceId};
use crate::log::{Receipt, read};
use crate::member::{self, HANDLE_MAX};
use crate::text;
use crate::viewer::Viewer;

/// Creates a workspace. The creator becomes its owner, in its first channel.
///
/// # Errors
/// Returns `BAD_USER_INPUT`, `CONFLICT`, or `FORBIDDEN` if the account may not create workspaces.
pub async fn create(app: &App, viewer: &Viewer, id: WorkspaceId, name: &str, handle: Option<&str>) -> Result<Receipt> {
    let _permit = app.membership_locks.lock(viewer.account_id).await;
    require_workspace_slot(app, viewer, id).await?;
    let creator = account::service::find(app, viewer.account_id).await?;
    let permitted = account::service::may_create_workspaces(app, &creator);
    let handle = match handle {
        Some(handle) => text::handle("handle", handle, HANDLE_MAX)?,
        None => text::handle_from(&creator.name, HANDLE_MAX),
    };
    let command = Command::Create {
        name: text::name("name", name, MAX_NAME_LENGTH)?,
        handle,
        member_name: creator.name,
        member_id: MemberId::mint(),
        channel_id: ChannelId::mint(),
    };
    let register =
        account::command::Command::RegisterWorkspace { workspace_id: id, account_id: viewer.account_id, permitted };
    app.submit(viewer, WorkspaceId::SERVER, CommandId(id.0), register).await?;
    app::create_log(&app.database, id).await?;
    app.submit(viewer, id, CommandId(id.0), command).await
}

/// Requires that an account may join one more workspace. Does not count `id` if the account is already in it.
///
/// # Errors
/// Returns `CONFLICT` beyond [`MAX_WORKSPACES_PER_ACCOUNT`].
pub async fn require_workspace_slot(app: &App, viewer: &Viewer, id: WorkspaceId) -> Result<()> {
    let snapshot = app.database.snapshot(Scope::Server).await?;
    let others = member::entity::Entity::find()
        .filter(member::entity::Column::AccountId.eq(viewer.account_id))
        .filter(member::entity::Column::Active.eq(true))
        .filter(member::entity::Column::WorkspaceId.ne(id))
        .count(&snapshot)
        .await?;
    if others >= MAX_WORKSPACES_PER_ACCOUNT {
        let message = format!("Workspace limit reached: {MAX_WORKSPACES_PER_ACCOUNT} per account. Leave one first.");
        return Err(Error::Conflict(message));
    }
    Ok(())
}

/// Changes the name or the icon of a workspace, or who may mention an entire channel. Arguments that are `None` stay
/// unchanged.
///
/// # Errors
/// Returns `BAD_USER_INPUT`, `FORBIDDEN` if the viewer is not an admin, `NOT_FOUND` if the icon is not a file of the
/// viewer.
pub async fn update(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    name: Option<String>,
    icon: Option<Option<FileId>>,
    channel_mentions: Option<ChannelMentions>,
) -> Result<Receipt> {
    let name = name.map(|name| text::name("name", &name, MAX_NAME_LENGTH)).transpose()?;
    app.submit(viewer, workspace_id, id, Command::Update { name, icon, channel_mentions }).await
}

/// Returns the workspaces of the viewer, in the order in which they joined.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn mine(app: &App, viewer: &Viewer) -> Result<Vec<std::sync::Arc<View>>> {
    let rows = member::entity::Entity::find()
        .filter(member::entity::Column::AccountId.eq(viewer.account_id))
        .filter(member::entity::Column::Active.eq(true))
        .order_by_asc(member::entity::Column::JoinedAt)
        .limit(MAX_WORKSPACES_PER_ACCOUNT)
        .all(&app.database.snapshot(Scope::Server).await?)
        .await?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        match View::in_memory(app, viewer, row.workspace_id, |view| async { Ok(view) }).await {
            Ok(view) => views.push(view),
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(views)
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
        workspace.name = row.name;
        workspace.created_at = row.created_at;
        workspace.icon_id = row.icon_id;
        workspace.channel_mentions = row.channel_mentions;
    }
    let members = member::entity::Entity::find()
        .filter(member::entity::Column::WorkspaceId.eq(id))
        .order_by_asc(member::entity::Column::Id)
        .all(&snapshot)
        .await?;
    for (number, row) in (0..).zip(members) {
        workspace.insert_member(loaded_member(number, row));
    }
    let channels = channel::Entity::find().filter(channel::Column::WorkspaceId.eq(id)).all(&snapshot).await?;
    let directs: Vec<ChannelId> =
        channels.iter().filter(|row| row.kind == ChannelKind::Direct).map(|row| row.id).collect();
    for row in channels {
        workspace.insert_channel(loaded_channel(row));
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
        workspace.insert_emoji(Emoji { id: row.id, name: row.name, file_id: row.file_id, creator_id: row.creator_id });
    }
    workspace.seq = seq;
    let _ = snapshot.rollback().await;
    Ok(workspace)
}

fn loaded_member(number: u32, row: member::entity::Model) -> Member {
    Member {
        workspace_id: row.workspace_id,
        id: row.id,
        number,
        account_id: row.account_id,
        handle: row.handle,
        name: row.name,
        role: row.role,
        active: row.active,
        joined_at: row.joined_at,
        joined_seq: row.joined_seq,
        avatar_id: row.avatar_id,
    }
}

fn loaded_channel(row: channel::Model) -> Channel {
    Channel {
        id: row.id,
        kind: row.kind,
        name: row.name,
        topic: row.topic,
        creator_id: row.created_by,
        created_at: row.created_at,
        created_seq: row.created_seq,
        members: roaring::RoaringBitmap::new(),
    }
}

/// Returns all workspaces of the server, for operator commands.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn all(database: &Database) -> Result<Vec<entity::Model>> {
    Ok(entity::Entity::find().all(&database.snapshot(Scope::Server).await?).await?)
}
