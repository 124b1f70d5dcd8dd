//! The digest chain: proof that no event was changed, removed or inserted after it was appended.
//!
//! `body_hash = SHA-256(salt ‖ body)`, `digest = SHA-256(previous digest ‖ header ‖ body_hash)`. The header is the JSON
//! array `[workspace_id, seq, at, version, actor_id, command_id, skeleton]`, with the skeleton as the stored text.
//! Erasing a body and its salt leaves the chain intact; the random salt prevents guessing an erased text from its hash.

use sha2::{Digest, Sha256};

use crate::ground::error::{Error, Result};
use crate::model::event::{Body, Event, Skeleton};
use crate::model::log::entity::event::Model;

/// Length of a salt in bytes.
pub const SALT_BYTES: usize = 16;

/// Returns the salted hash of a body.
pub fn body_hash(salt: &[u8], body: &str) -> Vec<u8> {
    Sha256::new().chain_update(salt).chain_update(body).finalize().to_vec()
}

/// Returns the digest of a stored event that follows `previous`.
///
/// # Errors
/// Returns `INTERNAL` if the header cannot be serialized, which no stored event causes.
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

/// Serializes an event into the row that follows the digest `previous`.
///
/// # Errors
/// Returns `INTERNAL` if the event cannot be serialized.
pub fn seal(event: &Event, salt: [u8; SALT_BYTES], previous: &[u8]) -> Result<Model> {
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

/// Deserializes a stored event.
///
/// # Errors
/// Returns `UNAVAILABLE` for an unsupported kind or version. The caller must stop processing this log.
pub fn unseal(row: Model) -> Result<Event> {
    let unknown = |reason: String| {
        tracing::error!(workspace = %row.workspace_id, seq = row.seq, kind = row.kind, reason, "unsupported event");
        Error::UnsupportedVersion
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
