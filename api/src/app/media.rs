//! What of files is held by a process: the storage, the key of signed links, and what is being checked.

use previews::Tools;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};
use tokio::sync::Notify;

use crate::config::Config;
use crate::db::{Database, Scope};
use crate::error::{Error, Result};
use crate::file::checking::Checks;
use crate::media::signature::{KEY, Signatures};
use crate::media::storage::Storage;

/// The name of the key of links.
const NAME: &str = "media";
const NOWHERE: &str = "This server is one of a fleet and has no storage for files: set CONFAB_S3_BUCKET, or \
     CONFAB_MEDIA_DIRECTORY to a directory that all processes share.";

/// `server_key`: secrets that all processes share, made by the first.
mod server_key {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "server_key")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub key: Vec<u8>,
    }

    impl std::fmt::Debug for Model {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("Model").field("name", &self.name).finish_non_exhaustive()
        }
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl crate::db::OfNoWorkspace for Entity {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What of files is held by a process.
pub struct Media {
    storage: Option<Storage>,
    /// Signs the links that this server serves itself.
    pub signatures: Signatures,
    /// What is being checked.
    pub checks: Checks,
    /// An upload was cancelled here: its bytes may go.
    pub cancelled: Notify,
    /// The programs of this machine that look into files.
    pub tools: Tools,
}

impl Media {
    /// Opens the storage that the settings name.
    ///
    /// # Errors
    /// When the settings are wrong, or the database does not answer.
    pub async fn open(config: &Config, database: &Database) -> Result<Self> {
        let place = config.place_of_media();
        Ok(Self {
            storage: place.map(|place| Storage::open(&config.media, &place)).transpose()?,
            signatures: Signatures::new(key(database).await?),
            checks: Checks::default(),
            cancelled: Notify::new(),
            tools: Tools::found_in(&config.media.tools_path),
        })
    }

    /// The storage.
    ///
    /// # Errors
    /// `UNAVAILABLE` where there is none.
    pub fn storage(&self) -> Result<&Storage> {
        self.storage.as_ref().ok_or_else(|| Error::Unavailable(NOWHERE.into()))
    }

    /// Whether files can be had; `None` where there is no storage.
    pub fn is_there(&self) -> Option<bool> {
        self.storage.as_ref().map(|storage| !storage.is_away())
    }
}

async fn key(database: &Database) -> Result<[u8; KEY]> {
    let new = rand::random::<[u8; KEY]>();
    let transaction = database.write(Scope::Server).await?;
    let row = server_key::ActiveModel { name: Set(NAME.to_owned()), key: Set(new.to_vec()) };
    server_key::Entity::insert(row)
        .on_conflict(OnConflict::column(server_key::Column::Name).do_nothing().to_owned())
        .exec_without_returning(&transaction)
        .await?;
    transaction.commit().await?;
    let row = database.outside().one(server_key::Entity::find_by_id(NAME)).await?;
    let key = row.and_then(|row| row.key.try_into().ok());
    key.ok_or_else(|| Error::internal("the key of links is not there"))
}
