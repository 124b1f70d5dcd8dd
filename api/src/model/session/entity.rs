//! Tables of sessions.

/// `session`: derived from the server's log.
pub mod session {
    use sea_orm::entity::prelude::*;

    use crate::ground::clock::Timestamp;
    use crate::ground::id::{AccountId, SessionId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "session")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: SessionId,
        pub account_id: AccountId,
        pub user_agent: String,
        pub created_at: Timestamp,
        /// `seq` of the event that revoked it.
        pub ended_seq: Option<i64>,
    }

    crate::ground::db::without_relations!();
    impl crate::ground::db::GlobalTable for Entity {}
}

/// `session_token`: stored beside the log. Contains only hashes of tokens.
pub mod session_token {
    use sea_orm::entity::prelude::*;

    use crate::ground::clock::Timestamp;
    use crate::ground::id::SessionId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "session_token")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub token_hash: Vec<u8>,
        pub session_id: SessionId,
        /// Accurate to the minute.
        pub last_seen_at: Timestamp,
    }

    crate::ground::db::without_relations!();
    impl crate::ground::db::GlobalTable for Entity {}
}

/// `known_device`: devices that have signed in to an account, by the hash of their cookie. Stored beside the log.
pub mod known_device {
    use sea_orm::entity::prelude::*;

    use crate::ground::clock::Timestamp;
    use crate::ground::id::AccountId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "known_device")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub account_id: AccountId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub device_hash: Vec<u8>,
        pub seen_at: Timestamp,
    }

    crate::ground::db::without_relations!();
    impl crate::ground::db::GlobalTable for Entity {}
}

/// `sign_in_exemption`: networks from which an operator allows unknown devices. Stored beside the log.
pub mod sign_in_exemption {
    use sea_orm::entity::prelude::*;

    use crate::ground::clock::Timestamp;
    use crate::ground::id::AccountId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sign_in_exemption")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub account_id: AccountId,
        /// First address of an IPv4 /24 or an IPv6 /64.
        #[sea_orm(primary_key, auto_increment = false)]
        pub network: String,
        pub expires_at: Timestamp,
    }

    crate::ground::db::without_relations!();
    impl crate::ground::db::GlobalTable for Entity {}
}
