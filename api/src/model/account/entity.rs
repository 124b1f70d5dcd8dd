//! Tables of accounts.

/// `account`: derived from the server's log.
pub mod account {
    use sea_orm::entity::prelude::*;

    use crate::ground::clock::Timestamp;
    use crate::ground::id::AccountId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "account")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: AccountId,
        pub email: String,
        /// Unique: the result of `text::email_key`.
        pub email_key: String,
        pub name: String,
        pub is_server_admin: bool,
        pub created_at: Timestamp,
    }

    crate::ground::db::without_relations!();
    impl crate::ground::db::GlobalTable for Entity {}
}

/// `credential`: stored beside the log, never in it, and not derived from it.
pub mod credential {
    use sea_orm::entity::prelude::*;

    use crate::ground::id::AccountId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "credential")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub account_id: AccountId,
        /// Argon2id, as a PHC string.
        pub password_hash: String,
    }

    crate::ground::db::without_relations!();
    impl crate::ground::db::GlobalTable for Entity {}
}
