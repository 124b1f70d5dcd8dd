//! Revoking sessions.

use async_trait::async_trait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;

use crate::ground::db::Transaction;
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, SessionId, WorkspaceId};
use crate::log::{Command, Draft, Facts, ReadSet};
use crate::model::event::{AccessEnd, Body, SharedEvent, Skeleton};
use crate::model::session::entity::session_token;
use crate::model::workspace::state::Workspace;

/// Revokes the given sessions of the account, except those that have ended.
#[derive(Debug, Serialize)]
pub struct RevokeSessions {
    pub session_ids: Vec<SessionId>,
}

#[async_trait]
impl Command for RevokeSessions {
    fn name(&self) -> &'static str {
        "session.revoke"
    }

    fn add_reads(&self, _account_id: AccountId, reads: &mut ReadSet) {
        reads.sessions.extend(&self.session_ids);
    }

    /// # Errors
    /// `NOT_FOUND` for sessions of other accounts.
    fn decide(&self, account_id: AccountId, _workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let mut drafts = Vec::new();
        for id in &self.session_ids {
            let fact = facts.sessions.get(id).filter(|fact| fact.account_id == account_id);
            if !fact.ok_or(Error::NotFound("session"))?.ended {
                drafts.push(revoked(account_id, *id));
            }
        }
        Ok(drafts)
    }

    async fn write_private(&self, transaction: &Transaction, _log: WorkspaceId, events: &[SharedEvent]) -> Result<()> {
        delete_tokens(transaction, events).await
    }
}

/// Drafts the revocation of a session. The command also has to call [`delete_tokens`].
pub fn revoked(account_id: AccountId, session_id: SessionId) -> Draft {
    Draft::by_account(account_id, Skeleton::SessionRevoked { session_id, account_id }, Body::default())
}

/// Deletes the tokens of the sessions that these events revoke.
///
/// # Errors
/// Fails if a statement fails.
pub async fn delete_tokens(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    let ended = events.iter().filter_map(|event| match event.skeleton.ends_access() {
        Some(AccessEnd::Session(id)) => Some(id),
        Some(AccessEnd::Membership(_)) | None => None,
    });
    let ended: Vec<_> = ended.collect();
    if ended.is_empty() {
        return Ok(());
    }
    let of_revoked = session_token::Column::SessionId.is_in(ended);
    session_token::Entity::delete_many().filter(of_revoked).exec(transaction).await?;
    Ok(())
}
