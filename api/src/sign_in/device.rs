//! Devices that have signed in to an account before, and networks from which an operator lets others try.
//!
//! A browser keeps a random text in a cookie; the database has its hash, with each account that signed in there.
//! It opens nothing: it only says that whoever guesses at the account is somebody else.

use std::net::IpAddr;

use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;

use super::entity::{known_device, sign_in_allowance};
use super::token;
use crate::account;
use crate::app::App;
use crate::clock::Moment;
use crate::db::{self, Scope};
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::network;

/// The devices of one account that are known; the one that was used longest ago is forgotten first.
const MAX: u64 = 20;
/// The bytes of the text in the cookie.
const LENGTH: usize = 43;
/// For how many seconds an operator lets a network try.
const ALLOWED: i64 = 3600;

/// Whether a device has signed in to an account before. It costs the same for an account that does not exist.
///
/// # Errors
/// When the database does not answer.
pub async fn is_known(app: &App, account_id: Option<AccountId>, text: &str) -> Result<bool> {
    if text.len() != LENGTH {
        return Ok(false);
    }
    let key = (account_id.unwrap_or(AccountId(Uuid::nil())), token::hash(text));
    Ok(app.database.outside().one(known_device::Entity::find_by_id(key)).await?.is_some())
}

/// Knows a device from now on; answers the text for its cookie, which is the one that it had.
///
/// # Errors
/// When the database does not answer.
pub async fn remember(app: &App, account_id: AccountId, text: Option<&str>) -> Result<String> {
    use known_device::{ActiveModel, Column, Entity};
    let text = text.filter(|text| text.len() == LENGTH).map_or_else(token::mint, str::to_owned);
    app.rooms.commands_first().await;
    let transaction = app.database.write(Scope::Server).await?;
    let seen_at = db::now(&transaction).await?;
    let row = ActiveModel { account_id: Set(account_id), device_hash: Set(token::hash(&text)), seen_at: Set(seen_at) };
    let again = OnConflict::columns([Column::AccountId, Column::DeviceHash]).update_column(Column::SeenAt).to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(&transaction).await?;
    let kept = Query::select()
        .column(Column::DeviceHash)
        .from(Entity)
        .and_where(Expr::col(Column::AccountId).eq(account_id))
        .order_by(Column::SeenAt, sea_orm::Order::Desc)
        .order_by(Column::DeviceHash, sea_orm::Order::Desc)
        .limit(MAX)
        .to_owned();
    Entity::delete_many()
        .filter(Column::AccountId.eq(account_id).and(Column::DeviceHash.not_in_subquery(kept)))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(text)
}

/// Lets unknown devices of a network try to sign in to an account for an hour, for an operator at the machine;
/// answers until when.
///
/// # Errors
/// `NOT_FOUND` for an account that does not exist.
pub async fn allow(app: &App, email: &str, address: IpAddr) -> Result<Moment> {
    use sign_in_allowance::{ActiveModel, Column, Entity};
    let found = account::service::find_by_email(app, email).await?.ok_or(Error::NotFound("account"))?;
    let transaction = app.database.write(Scope::Server).await?;
    let now = db::now(&transaction).await?;
    let expires_at = now.plus_seconds(ALLOWED);
    let row = ActiveModel {
        account_id: Set(found.id),
        network: Set(network::subnet(address).to_string()),
        expires_at: Set(expires_at),
    };
    let again = OnConflict::columns([Column::AccountId, Column::Network]).update_column(Column::ExpiresAt).to_owned();
    Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(&transaction).await?;
    Entity::insert(row).on_conflict(again).exec_without_returning(&transaction).await?;
    transaction.commit().await?;
    Ok(expires_at)
}

/// Whether the operator lets unknown devices of this network try. It costs the same for an account that does not
/// exist.
///
/// # Errors
/// When the database does not answer.
pub async fn is_allowed(app: &App, account_id: Option<AccountId>, address: Option<IpAddr>) -> Result<bool> {
    use sign_in_allowance::{Column, Entity};
    let Some(address) = address else { return Ok(false) };
    let account_id = account_id.unwrap_or(AccountId(Uuid::nil()));
    let now = db::clock_sql(app.database.backend());
    let found = Entity::find_by_id((account_id, network::subnet(address).to_string()));
    let fresh = found.filter(Expr::col(Column::ExpiresAt).gt(Expr::cust(now)));
    Ok(app.database.outside().one(fresh).await?.is_some())
}
