//! Tables of invites.

pub mod open;

/// `invite`: derived from the log.
pub mod invite {
    use sea_orm::entity::prelude::*;

    use crate::ground::clock::Timestamp;
    use crate::ground::id::{InviteId, MemberId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "invite")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: InviteId,
        pub created_by: MemberId,
        pub created_at: Timestamp,
        pub expires_at: Option<Timestamp>,
        pub max_uses: Option<i32>,
        pub uses: i32,
        pub revoked: bool,
    }

    crate::ground::db::without_relations!();
}

/// `invite_secret`: stored beside the log because it is a credential.
pub mod invite_secret {
    use sea_orm::entity::prelude::*;

    use crate::ground::id::{InviteId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "invite_secret")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub invite_id: InviteId,
        /// SHA-256 of the secret in the link.
        pub secret_hash: Vec<u8>,
    }

    crate::ground::db::without_relations!();
}

/// `invite_reservation`: a use reserved for an account that registered with the invite. Derived from the log.
pub mod invite_reservation {
    use sea_orm::entity::prelude::*;

    use crate::ground::id::{AccountId, InviteId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "invite_reservation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub invite_id: InviteId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub account_id: AccountId,
    }

    crate::ground::db::without_relations!();
}
