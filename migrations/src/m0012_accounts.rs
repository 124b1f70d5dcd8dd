//! Accounts: registering reserves a use of an invite, invite secrets are hashed, and known devices are recorded.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use sha2::{Digest, Sha256};

use crate::row_level_security::{OwnerAccess, as_server, enable};
use crate::{index, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Revokes the invites of members who may no longer invite. Only the start of the latest membership is recorded, so an
/// invite older than that belongs to an earlier membership and has ended with it.
const END: &str = "UPDATE invite SET revoked = true WHERE revoked = false AND NOT EXISTS \
    (SELECT 1 FROM member m WHERE m.workspace_id = invite.workspace_id AND m.id = invite.created_by \
     AND m.active = true AND m.role <> 'member' AND m.joined_at <= invite.created_at)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Derived from the log.
        table("invite_reservation")
            .id("workspace_id")
            .id("invite_id")
            .id("account_id")
            .key(["workspace_id", "invite_id", "account_id"])
            .create(manager)
            .await?;
        devices(manager).await?;
        let connection = manager.get_connection();
        match manager.get_database_backend() {
            DatabaseBackend::Postgres => {
                enable(manager, "invite_reservation", OwnerAccess::detect(manager).await?).await?;
                let sql = format!(
                    "{END}; \
                     ALTER TABLE invite_secret ADD COLUMN secret_hash bytea; \
                     UPDATE invite_secret SET secret_hash = sha256(decode(secret, 'hex')); \
                     ALTER TABLE invite_secret ALTER COLUMN secret_hash SET NOT NULL; \
                     ALTER TABLE invite_secret DROP COLUMN secret"
                );
                as_server(manager, &sql).await
            }
            _ => hash_in_sqlite(connection).await,
        }
    }
}

/// Not derived from the log: sessions by age, the devices that have signed in to an account, and the networks from
/// which other devices may.
async fn devices(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    // Ended sessions are never looked up by token.
    let ended = "DELETE FROM session_token WHERE session_id IN (SELECT id FROM session WHERE ended_seq IS NOT NULL)";
    connection.execute_unprepared(ended).await?;
    index(manager, "session", "session_by_age", ["created_at"], false).await?;
    index(manager, "session", "session_by_end", ["ended_seq"], false).await?;
    index(manager, "session_token", "token_by_use", ["last_seen_at"], false).await?;
    table("known_device")
        .id("account_id")
        .bytes("device_hash")
        .big("seen_at")
        .key(["account_id", "device_hash"])
        .create(manager)
        .await?;
    table("sign_in_exemption")
        .id("account_id")
        .text("network")
        .big("expires_at")
        .key(["account_id", "network"])
        .create(manager)
        .await
}

/// SQLite has no such function.
async fn hash_in_sqlite(connection: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    connection.execute_unprepared(END).await?;
    connection.execute_unprepared("ALTER TABLE invite_secret ADD COLUMN secret_hash blob NOT NULL DEFAULT x''").await?;
    let secrets = "SELECT DISTINCT secret FROM invite_secret";
    for row in connection.query_all_raw(Statement::from_string(DatabaseBackend::Sqlite, secrets)).await? {
        let secret: String = row.try_get("", "secret")?;
        let bytes = hex::decode(&secret).map_err(|error| DbErr::Custom(error.to_string()))?;
        let sql = "UPDATE invite_secret SET secret_hash = $1 WHERE secret = $2";
        let values = [Sha256::digest(bytes).to_vec().into(), secret.into()];
        connection.execute_raw(Statement::from_sql_and_values(DatabaseBackend::Sqlite, sql, values)).await?;
    }
    connection.execute_unprepared("ALTER TABLE invite_secret DROP COLUMN secret").await.map(drop)
}
