//! Projects the log to the tables of invites.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, UpdateMany};

use super::entity::invite::{ActiveModel, Column, Entity};
use super::entity::invite_reservation as reservation;
use crate::ground::clock::Timestamp;
use crate::ground::db::Transaction;
use crate::ground::error::Result;
use crate::ground::id::{AccountId, InviteId, MemberId};
use crate::model::event::Event;

/// Inserts a new invite.
pub async fn created(
    transaction: &Transaction,
    event: &Event,
    invite_id: InviteId,
    expires_at: Option<Timestamp>,
    max_uses: Option<i32>,
) -> Result<()> {
    let row = ActiveModel {
        workspace_id: Set(event.workspace_id),
        id: Set(invite_id),
        created_by: Set(event.actor()),
        created_at: Set(event.at),
        expires_at: Set(expires_at),
        max_uses: Set(max_uses),
        uses: Set(0),
        revoked: Set(false),
    };
    Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(())
}

/// Marks an invite as revoked.
pub async fn revoked(transaction: &Transaction, event: &Event, invite_id: InviteId) -> Result<()> {
    invites(event, Column::Id.eq(invite_id)).col_expr(Column::Revoked, Expr::value(true)).exec(transaction).await?;
    Ok(())
}

/// Records a reserved use.
pub async fn reserved(
    transaction: &Transaction,
    event: &Event,
    invite_id: InviteId,
    account_id: AccountId,
) -> Result<()> {
    add_uses(transaction, event, invite_id, 1).await?;
    let row = reservation::ActiveModel {
        workspace_id: Set(event.workspace_id),
        invite_id: Set(invite_id),
        account_id: Set(account_id),
    };
    reservation::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(())
}

/// Removes a reserved use.
pub async fn released(
    transaction: &Transaction,
    event: &Event,
    invite_id: InviteId,
    account_id: AccountId,
) -> Result<()> {
    let was_reserved = delete_reservation(transaction, event, invite_id, account_id).await?;
    add_uses(transaction, event, invite_id, -i32::from(was_reserved)).await
}

/// Counts a join by an invite. A reserved use is already counted.
pub async fn record_use(
    transaction: &Transaction,
    event: &Event,
    invite_id: InviteId,
    account_id: AccountId,
) -> Result<()> {
    if !delete_reservation(transaction, event, invite_id, account_id).await? {
        add_uses(transaction, event, invite_id, 1).await?;
    }
    Ok(())
}

/// Revokes all invites of a member who may no longer invite.
pub async fn revoke_all_by(transaction: &Transaction, event: &Event, member_id: MemberId) -> Result<()> {
    let theirs = invites(event, Column::CreatedBy.eq(member_id));
    theirs.col_expr(Column::Revoked, Expr::value(true)).exec(transaction).await?;
    Ok(())
}

async fn add_uses(transaction: &Transaction, event: &Event, invite_id: InviteId, by: i32) -> Result<()> {
    let uses = Expr::col(Column::Uses).add(by);
    invites(event, Column::Id.eq(invite_id)).col_expr(Column::Uses, uses).exec(transaction).await?;
    Ok(())
}

/// Updates the invites of the event's workspace that meet a condition.
fn invites(event: &Event, condition: Expr) -> UpdateMany<Entity> {
    Entity::update_many().filter(Column::WorkspaceId.eq(event.workspace_id)).filter(condition)
}

/// Deletes a reservation and returns whether there was one.
async fn delete_reservation(
    transaction: &Transaction,
    event: &Event,
    invite_id: InviteId,
    account_id: AccountId,
) -> Result<bool> {
    let key = (event.workspace_id, invite_id, account_id);
    Ok(reservation::Entity::delete_by_id(key).exec(transaction).await?.rows_affected > 0)
}
