//! Projects the log to the tables of members.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter};

use super::Role;
use super::entity::{Column, Entity, Model};
use super::stay_entity as member_stay;
use crate::ground::db::Transaction;
use crate::ground::error::Result;
use crate::ground::id::{InviteId, MemberId};
use crate::model::event::Event;
use crate::model::file::kind::Purpose;
use crate::model::{channel, file, invite};

/// Stores the new state of a member.
pub async fn updated(transaction: &Transaction, event: &Event, row: Model) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Handle, Expr::value(row.handle))
        .col_expr(Column::Name, Expr::value(row.name))
        .col_expr(Column::Role, Expr::value(row.role))
        .col_expr(Column::AvatarId, Expr::value(row.avatar_id))
        .filter(Column::WorkspaceId.eq(row.workspace_id).and(Column::Id.eq(row.id)))
        .exec(transaction)
        .await?;
    if row.role < Role::Admin {
        invite::projection::revoke_all_by(transaction, event, row.id).await?;
    }
    if let Some(avatar_id) = row.avatar_id {
        file::projection::set_purpose(transaction, row.workspace_id, avatar_id, Purpose::Avatar).await?;
    }
    Ok(())
}

/// Ends the membership of a member, also in channels, and revokes their invites.
pub async fn left(transaction: &Transaction, event: &Event, member_id: MemberId) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Active, Expr::value(false))
        .filter(Column::WorkspaceId.eq(event.workspace_id).and(Column::Id.eq(member_id)))
        .exec(transaction)
        .await?;
    end_stay(transaction, event, member_id).await?;
    invite::projection::revoke_all_by(transaction, event, member_id).await?;
    channel::projection::end_all_memberships(transaction, event, member_id).await
}

/// Inserts a member, or updates one who rejoins. Begins a stay and records the use of the invite.
pub async fn joined(transaction: &Transaction, event: &Event, row: Model, invite_id: Option<InviteId>) -> Result<()> {
    let (member_id, account_id) = (row.id, row.account_id);
    let upsert = OnConflict::columns([Column::WorkspaceId, Column::Id])
        .update_columns([
            Column::Handle,
            Column::Name,
            Column::Role,
            Column::Active,
            Column::JoinedAt,
            Column::JoinedSeq,
            Column::AvatarId,
        ])
        .to_owned();
    Entity::insert(row.into_active_model()).on_conflict(upsert).exec_without_returning(transaction).await?;
    begin_stay(transaction, event, member_id).await?;
    if let Some(invite_id) = invite_id {
        invite::projection::record_use(transaction, event, invite_id, account_id).await?;
    }
    Ok(())
}

async fn begin_stay(transaction: &Transaction, event: &Event, member_id: MemberId) -> Result<()> {
    let stay = member_stay::ActiveModel {
        workspace_id: Set(event.workspace_id),
        member_id: Set(member_id),
        joined_seq: Set(event.seq),
        left_seq: Set(None),
    };
    member_stay::Entity::insert(stay).exec_without_returning(transaction).await?;
    Ok(())
}

async fn end_stay(transaction: &Transaction, event: &Event, member_id: MemberId) -> Result<()> {
    member_stay::Entity::update_many()
        .col_expr(member_stay::Column::LeftSeq, Expr::value(event.seq))
        .filter(member_stay::Column::WorkspaceId.eq(event.workspace_id))
        .filter(member_stay::Column::MemberId.eq(member_id))
        .filter(member_stay::Column::LeftSeq.is_null())
        .exec(transaction)
        .await?;
    Ok(())
}
