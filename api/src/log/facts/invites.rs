//! The invite facts.

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::ground::clock::Timestamp;
use crate::ground::error::Result;
use crate::ground::id::{AccountId, InviteId, MemberId, WorkspaceId};
use crate::model::invite::entity::{invite, invite_reservation as reservation, invite_secret, open};

/// The state of an invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteFact {
    pub expires_at: Option<Timestamp>,
    pub max_uses: Option<i32>,
    pub uses: i32,
    pub revoked: bool,
    pub created_by: MemberId,
    pub secret_hash: Option<Vec<u8>>,
    /// The joining accounts that hold a reserved use. Reserved uses are already counted in `uses`.
    pub reserved: HashSet<AccountId>,
}

/// Fetches invites with the uses that these accounts have reserved.
pub(super) async fn fetch(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    ids: &HashSet<InviteId>,
    joining: &HashSet<AccountId>,
) -> Result<HashMap<InviteId, InviteFact>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = invite::Entity::find()
        .filter(invite::Column::WorkspaceId.eq(workspace_id))
        .filter(invite::Column::Id.is_in(ids.iter().copied()))
        .all(connection)
        .await?;
    let secrets = invite_secret::Entity::find()
        .filter(invite_secret::Column::WorkspaceId.eq(workspace_id))
        .filter(invite_secret::Column::InviteId.is_in(ids.iter().copied()))
        .all(connection)
        .await?;
    let mut secrets: HashMap<InviteId, Vec<u8>> =
        secrets.into_iter().map(|row| (row.invite_id, row.secret_hash)).collect();
    let reserved = reservation::Entity::find()
        .filter(reservation::Column::WorkspaceId.eq(workspace_id))
        .filter(reservation::Column::InviteId.is_in(ids.iter().copied()))
        .filter(reservation::Column::AccountId.is_in(joining.iter().copied()))
        .all(connection)
        .await?;
    let mut facts = HashMap::new();
    for row in rows {
        let fact = InviteFact {
            expires_at: row.expires_at,
            max_uses: row.max_uses,
            uses: row.uses,
            revoked: row.revoked,
            created_by: row.created_by,
            secret_hash: secrets.remove(&row.id),
            reserved: HashSet::new(),
        };
        facts.insert(row.id, fact);
    }
    for row in reserved {
        facts.entry(row.invite_id).and_modify(|fact| {
            fact.reserved.insert(row.account_id);
        });
    }
    Ok(facts)
}

/// Counts the usable invites per creator.
pub(super) async fn count_open(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    at: Timestamp,
) -> Result<HashMap<MemberId, usize>> {
    let mut counts = HashMap::new();
    for invite in open::all(connection, workspace_id, at).await? {
        *counts.entry(invite.created_by).or_default() += 1;
    }
    Ok(counts)
}
