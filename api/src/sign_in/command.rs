//! Commands on sign-ins, decided in the server's log.

use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait};
use serde::Serialize;

use super::entity::sign_in_token;
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
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
    },
    /// End these.
    Revoke { sign_in_ids: Vec<SignInId> },
}

impl Command {
    /// Adds the rows that deciding needs.
    pub fn want(&self, wants: &mut Wants) {
        if let Self::Revoke { sign_in_ids } = self {
            wants.sign_ins.extend(sign_in_ids);
        }
    }

    /// Decides. Ending one that has ended already does nothing.
    ///
    /// # Errors
    /// `NOT_FOUND` for a sign-in of somebody else.
    pub fn decide(&self, account_id: AccountId, facts: &Facts) -> Result<Vec<Draft>> {
        match self {
            Self::Make { sign_in_id, user_agent, .. } => {
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
        }
    }

    /// Stores the hash of the token.
    pub async fn store_private(&self, transaction: &DatabaseTransaction) -> Result<()> {
        if let Self::Make { sign_in_id, token_hash, .. } = self {
            let row = sign_in_token::ActiveModel {
                token_hash: Set(token_hash.clone()),
                sign_in_id: Set(*sign_in_id),
                last_seen_at: Set(Moment::now()),
            };
            sign_in_token::Entity::insert(row).exec_without_returning(transaction).await?;
        }
        Ok(())
    }
}
