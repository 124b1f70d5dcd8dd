//! Commands on sessions, decided in the server's log.

use serde::Serialize;

use crate::account::command::{Fingerprint, unchanged};
use crate::error::{Error, Result};
use crate::event::{Body, Seq, Skeleton};
use crate::id::{AccountId, SessionId};
use crate::log::facts::ReadSet;
use crate::log::{Draft, Facts};

/// A command on sessions.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Creates a session. The password is already verified.
    Make {
        session_id: SessionId,
        user_agent: String,
        #[serde(skip)]
        token_hash: Vec<u8>,
        /// Fingerprint of the hash that the password was verified against. `None` right after a registration.
        #[serde(skip)]
        verified: Option<Fingerprint>,
    },
    /// Revokes sessions.
    Revoke { session_ids: Vec<SessionId> },
    /// Deletes sessions revoked at or before this `seq`. Issued by the server.
    Prune { ended_through: Seq },
}

impl Command {
    /// Adds the rows that [`Self::decide`] needs to the read set.
    pub fn add_reads(&self, reads: &mut ReadSet, account_id: AccountId) {
        match self {
            Self::Make { verified: Some(_), .. } => drop(reads.credentials.insert(account_id)),
            Self::Revoke { session_ids } => reads.sessions.extend(session_ids),
            Self::Make { .. } | Self::Prune { .. } => {}
        }
    }

    /// Decides the command. Revoking a revoked session yields no events.
    ///
    /// # Errors
    /// `NOT_FOUND` for sessions of other accounts.
    pub fn decide(&self, account_id: AccountId, facts: &Facts) -> Result<Vec<Draft>> {
        match self {
            Self::Make { session_id, user_agent, verified, .. } => {
                if let Some(verified) = verified {
                    unchanged(facts, account_id, verified)?;
                }
                let skeleton = Skeleton::SessionCreated { session_id: *session_id, account_id };
                let body = Body { user_agent: Some(user_agent.clone()), ..Body::default() };
                Ok(vec![Draft::by_account(account_id, skeleton, body)])
            }
            Self::Revoke { session_ids } => {
                let mut drafts = Vec::new();
                for id in session_ids {
                    let fact = facts.sessions.get(id).filter(|fact| fact.account_id == account_id);
                    let fact = fact.ok_or(Error::NotFound("session"))?;
                    if !fact.ended {
                        let skeleton = Skeleton::SessionRevoked { session_id: *id, account_id };
                        drafts.push(Draft::by_account(account_id, skeleton, Body::default()));
                    }
                }
                Ok(drafts)
            }
            Self::Prune { ended_through } => {
                let skeleton = Skeleton::SessionsPruned { ended_through: *ended_through };
                Ok(vec![Draft::by_account(account_id, skeleton, Body::default())])
            }
        }
    }
}
