//! The facts about accounts, credentials and sessions. They exist only in the server's log.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use sha2::{Digest, Sha256};

use crate::ground::error::Result;
use crate::ground::id::{AccountId, SessionId};
use crate::model::account::entity::{account, credential};
use crate::model::session::entity::session;

/// The state of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionFact {
    pub account_id: AccountId,
    pub ended: bool,
}

/// The digest of a password hash, as returned by [`fingerprint`].
pub type Fingerprint = Vec<u8>;

/// Returns a digest that identifies a password hash without revealing it.
pub fn fingerprint(password_hash: &str) -> Fingerprint {
    Sha256::digest(password_hash).to_vec()
}

/// Fetches which emails are taken by which accounts.
pub(super) async fn fetch_emails(
    connection: &impl ConnectionTrait,
    emails: &HashSet<String>,
) -> Result<HashMap<String, AccountId>> {
    let rows =
        account::Entity::find().filter(account::Column::EmailKey.is_in(emails.iter().cloned())).all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.email_key, row.id)).collect())
}

/// Whether any account exists.
pub(super) async fn is_any_registered(connection: &impl ConnectionTrait) -> Result<bool> {
    Ok(account::Entity::find().limit(1).count(connection).await? > 0)
}

/// Fetches which of these accounts exist.
pub(super) async fn fetch_existing(
    connection: &impl ConnectionTrait,
    ids: &HashSet<AccountId>,
) -> Result<HashSet<AccountId>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = account::Entity::find().filter(account::Column::Id.is_in(ids.iter().copied())).all(connection).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Fetches these sessions, and all active sessions of the accounts in `signed_in`.
pub(super) async fn fetch_sessions(
    connection: &impl ConnectionTrait,
    ids: &HashSet<SessionId>,
    signed_in: &HashSet<AccountId>,
) -> Result<HashMap<SessionId, SessionFact>> {
    if ids.is_empty() && signed_in.is_empty() {
        return Ok(HashMap::new());
    }
    let active = session::Column::AccountId.is_in(signed_in.iter().copied()).and(session::Column::EndedSeq.is_null());
    let rows = session::Entity::find()
        .filter(session::Column::Id.is_in(ids.iter().copied()).or(active))
        .all(connection)
        .await?;
    let fact = |row: session::Model| SessionFact { account_id: row.account_id, ended: row.ended_seq.is_some() };
    Ok(rows.into_iter().map(|row| (row.id, fact(row))).collect())
}

/// Fetches the fingerprints of the accounts' current passwords.
pub(super) async fn fetch_credentials(
    connection: &impl ConnectionTrait,
    ids: &HashSet<AccountId>,
) -> Result<HashMap<AccountId, Fingerprint>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = credential::Entity::find()
        .filter(credential::Column::AccountId.is_in(ids.iter().copied()))
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.account_id, fingerprint(&row.password_hash))).collect())
}
