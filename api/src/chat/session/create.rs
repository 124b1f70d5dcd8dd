//! Creating a session.

use async_trait::async_trait;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde::Serialize;

use crate::chat::account::access::require_same_password;
use crate::ground::db::{self, Transaction};
use crate::ground::error::Result;
use crate::ground::id::{AccountId, SessionId, WorkspaceId};
use crate::log::facts::accounts::Fingerprint;
use crate::log::{Command, Draft, Facts, ReadSet};
use crate::model::event::{Body, SharedEvent, Skeleton};
use crate::model::session::entity::session_token;
use crate::model::workspace::state::Workspace;

/// Creates a session. The password is already verified.
#[derive(Debug, Serialize)]
pub struct CreateSession {
    pub session_id: SessionId,
    /// At most 200 characters.
    pub user_agent: String,
    #[serde(skip)]
    pub token_hash: Vec<u8>,
    /// Fingerprint of the hash that the password was verified against. `None` right after a registration.
    #[serde(skip)]
    pub verified: Option<Fingerprint>,
}

#[async_trait]
impl Command for CreateSession {
    fn name(&self) -> &'static str {
        "session.create"
    }

    fn add_reads(&self, account_id: AccountId, reads: &mut ReadSet) {
        if self.verified.is_some() {
            reads.credentials.insert(account_id);
        }
    }

    /// # Errors
    /// `BAD_USER_INPUT` if the password was changed since.
    fn decide(&self, account_id: AccountId, _workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        if let Some(verified) = &self.verified {
            require_same_password(facts, account_id, verified)?;
        }
        let skeleton = Skeleton::SessionCreated { session_id: self.session_id, account_id };
        let body = Body { user_agent: Some(self.user_agent.clone()), ..Body::default() };
        Ok(vec![Draft::by_account(account_id, skeleton, body)])
    }

    /// Stores the hash of the token.
    async fn write_private(&self, transaction: &Transaction, _log: WorkspaceId, _events: &[SharedEvent]) -> Result<()> {
        let row = session_token::ActiveModel {
            token_hash: Set(self.token_hash.clone()),
            session_id: Set(self.session_id),
            last_seen_at: Set(db::now(transaction).await?),
        };
        session_token::Entity::insert(row).exec_without_returning(transaction).await?;
        Ok(())
    }
}
