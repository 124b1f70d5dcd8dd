//! The chain of digests: what proves that no event was changed, removed or put in later.
//!
//! `body_hash = SHA-256(salt ‖ body)`, `digest = SHA-256(previous digest ‖ header ‖ body_hash)`, where
//! the header is the JSON array `[workspace_id, seq, at, version, actor_id, command_id, skeleton]` and
//! the skeleton stands in it as the text that is stored. Blanking a body and its salt leaves the chain
//! whole, and the random salt keeps an erased text from being guessed by its hash.

use sha2::{Digest, Sha256};

use super::entity::event::Model;
use crate::error::{Error, Result};
use crate::event::{Body, Event, Skeleton};

/// Bytes of a salt.
pub const SALT: usize = 16;

/// The hash of a body with its salt.
pub fn body_hash(salt: &[u8], body: &str) -> Vec<u8> {
    Sha256::new().chain_update(salt).chain_update(body).finalize().to_vec()
}

/// The digest of a stored event after `previous`.
///
/// # Errors
/// `INTERNAL` if the header cannot be written as JSON, which no stored event causes.
pub fn digest(previous: &[u8], event: &Model) -> Result<Vec<u8>> {
    let header = serde_json::to_vec(&(
        event.workspace_id,
        event.seq,
        event.at,
        event.version,
        event.actor_id,
        event.command_id,
        &event.skeleton,
    ))
    .map_err(Error::internal)?;
    Ok(Sha256::new().chain_update(previous).chain_update(header).chain_update(&event.body_hash).finalize().to_vec())
}

/// Writes an event as the row that follows `previous`.
///
/// # Errors
/// `INTERNAL` if it cannot be written as JSON.
pub fn seal(event: &Event, salt: [u8; SALT], previous: &[u8]) -> Result<Model> {
    let body = serde_json::to_string(&event.body).map_err(Error::internal)?;
    let mut row = Model {
        workspace_id: event.workspace_id,
        seq: event.seq,
        at: event.at,
        version: event.skeleton.version(),
        kind: event.skeleton.kind().to_owned(),
        actor_id: event.actor_id,
        command_id: event.command_id,
        subject_id: event.skeleton.subject(),
        skeleton: serde_json::to_string(&event.skeleton).map_err(Error::internal)?,
        body_hash: body_hash(&salt, &body),
        salt: Some(salt.to_vec()),
        body: Some(body),
        digest: Vec::new(),
    };
    row.digest = digest(previous, &row)?;
    Ok(row)
}

/// Reads a stored event.
///
/// # Errors
/// `UNAVAILABLE` for a kind or version that this program does not know: it must not go on with this log.
pub fn unseal(row: Model) -> Result<Event> {
    let unknown = |why: String| {
        tracing::error!(workspace = %row.workspace_id, seq = row.seq, kind = row.kind, why, "unknown event");
        Error::Newer
    };
    if row.version > Skeleton::VERSION {
        return Err(unknown(format!("version {}", row.version)));
    }
    let skeleton: Skeleton = serde_json::from_str(&row.skeleton).map_err(|error| unknown(error.to_string()))?;
    let body: Option<Body> =
        row.body.as_deref().map(serde_json::from_str).transpose().map_err(|error| unknown(error.to_string()))?;
    Ok(Event {
        workspace_id: row.workspace_id,
        seq: row.seq,
        at: row.at,
        actor_id: row.actor_id,
        command_id: row.command_id,
        skeleton,
        body: body.unwrap_or_default(),
    })
}
