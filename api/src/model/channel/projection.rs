//! Projects the log to the tables of channels and channel membership.

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, UpdateMany};

use super::ChannelKind;
use super::entity::{channel, channel_member};
use crate::ground::db::Transaction;
use crate::ground::db::batch_insert::insert_all;
use crate::ground::error::Result;
use crate::ground::id::{ChannelId, MemberId};
use crate::model::event::Event;

/// Inserts a new channel with its members.
pub async fn created(
    transaction: &Transaction,
    event: &Event,
    row: channel::Model,
    member_ids: &[MemberId],
) -> Result<()> {
    let id = row.id;
    channel::Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
    let members = member_ids.iter().map(|member| membership(event, id, *member));
    Ok(insert_all(transaction, members.collect()).await?)
}

/// Writes the new state of a channel.
pub async fn updated(transaction: &Transaction, row: channel::Model) -> Result<()> {
    channel::Entity::update_many()
        .col_expr(channel::Column::Name, Expr::value(row.name))
        .col_expr(channel::Column::Topic, Expr::value(row.topic))
        .col_expr(channel::Column::ArchivedAt, Expr::value(row.archived_at))
        .filter(channel::Column::WorkspaceId.eq(row.workspace_id))
        .filter(channel::Column::Id.eq(row.id))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Begins a membership.
pub async fn joined(
    transaction: &Transaction,
    event: &Event,
    channel_id: ChannelId,
    member_id: MemberId,
) -> Result<()> {
    let row = membership(event, channel_id, member_id);
    channel_member::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(())
}

/// Ends a membership.
pub async fn left(transaction: &Transaction, event: &Event, channel_id: ChannelId, member_id: MemberId) -> Result<()> {
    let in_channel = channel_member::Column::ChannelId.eq(channel_id);
    end_memberships(event, member_id).filter(in_channel).exec(transaction).await?;
    Ok(())
}

fn end_memberships(event: &Event, member_id: MemberId) -> UpdateMany<channel_member::Entity> {
    channel_member::Entity::update_many()
        .col_expr(channel_member::Column::LeftSeq, Expr::value(event.seq))
        .filter(channel_member::Column::WorkspaceId.eq(event.workspace_id))
        .filter(channel_member::Column::MemberId.eq(member_id))
        .filter(channel_member::Column::LeftSeq.is_null())
}

fn membership(event: &Event, channel_id: ChannelId, member_id: MemberId) -> channel_member::ActiveModel {
    channel_member::ActiveModel {
        workspace_id: Set(event.workspace_id),
        channel_id: Set(channel_id),
        member_id: Set(member_id),
        joined_seq: Set(event.seq),
        left_seq: Set(None),
    }
}

/// Ends all memberships of a member who left the workspace, except in direct channels.
pub async fn end_all_memberships(transaction: &Transaction, event: &Event, member_id: MemberId) -> Result<()> {
    let direct = Query::select()
        .column(channel::Column::Id)
        .from(channel::Entity)
        .and_where(channel::Column::WorkspaceId.eq(event.workspace_id))
        .and_where(channel::Column::Kind.eq(ChannelKind::Direct))
        .to_owned();
    let not_direct = Expr::col(channel_member::Column::ChannelId).in_subquery(direct).not();
    end_memberships(event, member_id).filter(not_direct).exec(transaction).await?;
    Ok(())
}
