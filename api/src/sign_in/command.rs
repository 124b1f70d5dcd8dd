//! Commands on sign-ins, decided in the server's log.

use serde::Serialize;

use crate::account::command::{Fingerprint, unchanged};
use crate::error::{Error, Result};
use crate::event::{Body, Seq, Skeleton};
use crate::id::{AccountId, SignInId};
use crate::log::facts::Wants;
use crate::log::{Draft, Facts};

/// What can be wanted of sign-ins.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// A new sign-in. The password was checked before.
    Make {
        sign_in_id: SignInId,
        user_agent: String,
        #[serde(skip)]
        token_hash: Vec<u8>,
        /// What the password was verified against; none right after registering.
        #[serde(skip)]
        verified: Option<Fingerprint>,
    },
    /// End these.
    Revoke { sign_in_ids: Vec<SignInId> },
    /// Remove what is known of those that ended at this number or before. Given by the server itself.
    Prune { ended_through: Seq },
}

impl Command {
    /// Adds the rows that deciding needs.
    pub fn want(&self, wants: &mut Wants, account_id: AccountId) {
        match self {
            Self::Make { verified: Some(_), .. } => drop(wants.credentials.insert(account_id)),
            Self::Revoke { sign_in_ids } => wants.sign_ins.extend(sign_in_ids),
            Self::Make { .. } | Self::Prune { .. } => {}
        }
    }

    /// Decides. Ending one that has ended already does nothing.
    ///
    /// # Errors
    /// `NOT_FOUND` for a sign-in of somebody else.
    pub fn decide(&self, account_id: AccountId, facts: &Facts) -> Result<Vec<Draft>> {
        match self {
            Self::Make { sign_in_id, user_agent, verified, .. } => {
                if let Some(verified) = verified {
                    unchanged(facts, account_id, verified)?;
                }
                let skeleton = Skeleton::SignInMade { sign_in_id: *sign_in_id, account_id };
                let body = Body { user_agent: Some(user_agent.clone()), ..Body::default() };
                Ok(vec![Draft::by_account(account_id, skeleton, body)])
            }
            Self::Revoke { sign_in_ids } => {
                let mut drafts = Vec::new();
                for id in sign_in_ids {
                    let fact = facts.sign_ins.get(id).filter(|fact| fact.account_id == account_id);
                    let fact = fact.ok_or(Error::NotFound("sign-in"))?;
                    if !fact.ended {
                        let skeleton = Skeleton::SignInRevoked { sign_in_id: *id, account_id };
                        drafts.push(Draft::by_account(account_id, skeleton, Body::default()));
                    }
                }
                Ok(drafts)
            }
            Self::Prune { ended_through } => {
                let skeleton = Skeleton::SignInsPruned { ended_through: *ended_through };
                Ok(vec![Draft::by_account(account_id, skeleton, Body::default())])
            }
        }
    }
}
