//! The tables of sign-ins.

/// `sign_in`: derived from the server's log.
pub mod sign_in {
    use sea_orm::entity::prelude::*;

    use crate::clock::Moment;
    use crate::id::{AccountId, SignInId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sign_in")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: SignInId,
        pub account_id: AccountId,
        pub user_agent: String,
        pub created_at: Moment,
        /// The number of the event that ended it.
        pub ended_seq: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl crate::db::OfNoWorkspace for Entity {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// `sign_in_token`: beside the log. Only the hash of a token is stored.
pub mod sign_in_token {
    use sea_orm::entity::prelude::*;

    use crate::clock::Moment;
    use crate::id::SignInId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sign_in_token")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub token_hash: Vec<u8>,
        pub sign_in_id: SignInId,
        /// To the minute.
        pub last_seen_at: Moment,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl crate::db::OfNoWorkspace for Entity {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// `known_device`: beside the log. A device that has signed in to an account before; only the hash of its cookie.
pub mod known_device {
    use sea_orm::entity::prelude::*;

    use crate::clock::Moment;
    use crate::id::AccountId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "known_device")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub account_id: AccountId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub device_hash: Vec<u8>,
        pub seen_at: Moment,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl crate::db::OfNoWorkspace for Entity {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// `sign_in_allowance`: beside the log. A network from which an operator lets unknown devices try.
pub mod sign_in_allowance {
    use sea_orm::entity::prelude::*;

    use crate::clock::Moment;
    use crate::id::AccountId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sign_in_allowance")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub account_id: AccountId,
        /// A /24 of IPv4 or a /64 of IPv6, as its first address.
        #[sea_orm(primary_key, auto_increment = false)]
        pub network: String,
        pub expires_at: Moment,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl crate::db::OfNoWorkspace for Entity {}
    impl ActiveModelBehavior for ActiveModel {}
}
