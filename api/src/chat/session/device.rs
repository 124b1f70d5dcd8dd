//! Devices that have signed in to an account before, and networks from which an operator allows unknown devices.
//!
//! A browser stores a random token in a cookie, and the database its hash for each account that signed in there. The
//! token grants no access: it only distinguishes the user's own devices from those of an attacker.

use std::net::IpAddr;

use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;

use super::token;
use crate::app::App;
use crate::chat::account;
use crate::ground::clock::Timestamp;
use crate::ground::db::{self, Scope};
use crate::ground::error::{Error, Result};
use crate::ground::id::AccountId;
use crate::ground::network;
use crate::model::session::entity::{known_device, sign_in_exemption};

/// Maximum number of known devices per account. The least recently used one is removed first.
const MAX_DEVICES: u64 = 20;
/// Length of a device token in bytes.
const LENGTH: usize = 43;
/// How long an operator's exemption of a network lasts, in seconds.
const ALLOWANCE_SECONDS: i64 = 3600;

/// Returns whether a device has signed in to an account before. Takes the same time for an account that does not exist.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn is_known(app: &App, account_id: Option<AccountId>, text: &str) -> Result<bool> {
    if text.len() != LENGTH {
        return Ok(false);
    }
    let key = (account_id.unwrap_or(AccountId(Uuid::nil())), token::hash(text));
    Ok(app.database.global_tables().one(known_device::Entity::find_by_id(key)).await?.is_some())
}

/// Records a device as known and returns the token for its cookie. Keeps an existing token.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn remember(app: &App, account_id: AccountId, text: Option<&str>) -> Result<String> {
    use known_device::{ActiveModel, Column, Entity};
    let text = text.filter(|text| text.len() == LENGTH).map_or_else(token::mint, str::to_owned);
    app.logs.yield_to_commands().await;
    let transaction = app.database.write(Scope::Server).await?;
    let seen_at = db::now(&transaction).await?;
    let row = ActiveModel { account_id: Set(account_id), device_hash: Set(token::hash(&text)), seen_at: Set(seen_at) };
    let upsert = OnConflict::columns([Column::AccountId, Column::DeviceHash]).update_column(Column::SeenAt).to_owned();
    Entity::insert(row).on_conflict(upsert).exec_without_returning(&transaction).await?;
    let kept = Query::select()
        .column(Column::DeviceHash)
        .from(Entity)
        .and_where(Expr::col(Column::AccountId).eq(account_id))
        .order_by(Column::SeenAt, sea_orm::Order::Desc)
        .order_by(Column::DeviceHash, sea_orm::Order::Desc)
        .limit(MAX_DEVICES)
        .to_owned();
    Entity::delete_many()
        .filter(Column::AccountId.eq(account_id).and(Column::DeviceHash.not_in_subquery(kept)))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(text)
}

/// Allows unknown devices of a network to sign in to an account for an hour, on behalf of an operator. Returns the
/// expiry.
///
/// # Errors
/// `NOT_FOUND` if the account does not exist.
pub async fn allow(app: &App, email: &str, address: IpAddr) -> Result<Timestamp> {
    use sign_in_exemption::{ActiveModel, Column, Entity};
    let found = account::lookup::find_by_email(app, email).await?.ok_or(Error::NotFound("account"))?;
    let transaction = app.database.write(Scope::Server).await?;
    let now = db::now(&transaction).await?;
    let expires_at = now.plus_seconds(ALLOWANCE_SECONDS);
    let row = ActiveModel {
        account_id: Set(found.id),
        network: Set(network::subnet(address).to_string()),
        expires_at: Set(expires_at),
    };
    let upsert = OnConflict::columns([Column::AccountId, Column::Network]).update_column(Column::ExpiresAt).to_owned();
    Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(&transaction).await?;
    Entity::insert(row).on_conflict(upsert).exec_without_returning(&transaction).await?;
    transaction.commit().await?;
    Ok(expires_at)
}

/// Returns whether the operator currently allows unknown devices of this network.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn is_allowed(app: &App, account_id: Option<AccountId>, address: Option<IpAddr>) -> Result<bool> {
    use sign_in_exemption::{Column, Entity};
    let Some(address) = address else { return Ok(false) };
    let account_id = account_id.unwrap_or(AccountId(Uuid::nil()));
    let now = db::clock_sql(app.database.backend());
    let found = Entity::find_by_id((account_id, network::subnet(address).to_string()));
    let fresh = found.filter(Expr::col(Column::ExpiresAt).gt(Expr::cust(now)));
    Ok(app.database.global_tables().one(fresh).await?.is_some())
}
