//! Encodes batches of events for the bus: live on `live.<workspace>`, and durable on `log.<workspace>`.
//!
//! A batch is a JSON object with consecutive events of one log. A reader that meets an unsupported `format`, event kind
//! or version must stop reading that log. `docs/event-format.md` specifies the format for external programs.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ground::clock::Timestamp;
use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::model::event::{Body, Event, Seq, SharedEvent, Skeleton};

/// Version of the batch format. Raised whenever existing readers would misinterpret the new format.
pub const FORMAT: u32 = 1;
/// Maximum estimated size of a batch in bytes, well below the default message limit of NATS (1 MiB).
const MAX_BATCH_BYTES: usize = 256 * 1024;
/// Upper bound in bytes for the description of one file in an event.
const MAX_FILE_DESCRIPTION_BYTES: usize = 8 * 1024;

#[derive(Serialize, Deserialize)]
struct Batch<'a> {
    format: u32,
    workspace_id: WorkspaceId,
    events: Vec<Entry<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Entry<'a> {
    seq: Seq,
    at: Timestamp,
    version: i32,
    actor_id: Uuid,
    command_id: Uuid,
    skeleton: Cow<'a, Skeleton>,
    body: Cow<'a, Body>,
}

/// Splits events of one log into runs that fit into one message each. A single event always fits.
pub fn runs(events: &[SharedEvent]) -> Vec<&[SharedEvent]> {
    let mut runs = Vec::new();
    let (mut from, mut bytes) = (0, 0);
    for (at, event) in events.iter().enumerate() {
        let weight = 1024
            + event.body.text.as_ref().map_or(0, String::len)
            + MAX_FILE_DESCRIPTION_BYTES * event.body.files.len();
        if at > from && bytes + weight > MAX_BATCH_BYTES {
            runs.extend(events.get(from..at));
            (from, bytes) = (at, 0);
        }
        bytes += weight;
    }
    runs.extend(events.get(from..).filter(|run| !run.is_empty()));
    runs
}

/// Encodes a run of events as a batch.
///
/// # Errors
/// `INTERNAL` if serialization fails, which no event causes.
pub fn encode(run: &[SharedEvent]) -> Result<Bytes> {
    let workspace_id = run.first().map_or(WorkspaceId::SERVER, |event| event.workspace_id);
    let events = run.iter().map(|event| Entry {
        seq: event.seq,
        at: event.at,
        version: event.skeleton.version(),
        actor_id: event.actor_id,
        command_id: event.command_id,
        skeleton: Cow::Borrowed(&event.skeleton),
        body: Cow::Borrowed(&event.body),
    });
    let batch = Batch { format: FORMAT, workspace_id, events: events.collect() };
    serde_json::to_vec(&batch).map(Bytes::from).map_err(Error::internal)
}

/// Decodes a batch.
///
/// # Errors
/// `UNAVAILABLE` for an unsupported format or version, or malformed input.
pub fn decode(bytes: &[u8]) -> Result<Vec<SharedEvent>> {
    let unsupported = |why: String| Error::Unavailable(format!("cannot decode a batch of events: {why}"));
    let batch: Batch = serde_json::from_slice(bytes).map_err(|error| unsupported(error.to_string()))?;
    if batch.format != FORMAT {
        return Err(unsupported(format!("unsupported format {}", batch.format)));
    }
    if let Some(event) = batch.events.iter().find(|event| event.version > Skeleton::VERSION) {
        return Err(unsupported(format!("unsupported event version {}", event.version)));
    }
    let event = |entry: Entry| Event {
        workspace_id: batch.workspace_id,
        seq: entry.seq,
        at: entry.at,
        actor_id: entry.actor_id,
        command_id: entry.command_id,
        skeleton: entry.skeleton.into_owned(),
        body: entry.body.into_owned(),
    };
    Ok(batch.events.into_iter().map(event).map(Arc::new).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::id::{ChannelId, MessageId};
    use crate::model::event::Mentions;

    fn message(seq: Seq, text: String) -> SharedEvent {
        let skeleton = Skeleton::MessageSent {
            message_id: MessageId::mint(),
            channel_id: ChannelId::mint(),
            thread_id: None,
            mentions: Mentions::default(),
            file_ids: Vec::new(),
        };
        Arc::new(Event {
            workspace_id: WorkspaceId(Uuid::from_u128(7)),
            seq,
            at: Timestamp(1_772_357_400_007),
            actor_id: Uuid::from_u128(1),
            command_id: Uuid::from_u128(2),
            skeleton,
            body: Body::text(text),
        })
    }

    #[test]
    fn decodes_what_it_encodes() {
        let events = vec![message(4, "a".into()), message(5, "\u{1F600}".into())];
        assert_eq!(decode(&encode(&events).unwrap()).unwrap(), events);
    }

    #[test]
    fn rejects_unsupported_formats_kinds_and_versions() {
        let good = String::from_utf8(encode(&[message(1, "x".into())]).unwrap().to_vec()).unwrap();
        for (old, new) in [
            ("\"format\":1", "\"format\":2"),
            ("\"version\":1", "\"version\":99"),
            ("\"kind\":\"message_sent\"", "\"kind\":\"message_sung\""),
        ] {
            assert!(good.contains(old), "{good}");
            assert!(decode(good.replace(old, new).as_bytes()).is_err(), "{new}");
        }
        assert!(decode(b"").is_err());
    }

    #[test]
    fn splits_events_into_runs_that_fit_a_message() {
        let events: Vec<_> = (1..=300).map(|seq| message(seq, "x".repeat(seq as usize * 50))).collect();
        let runs = runs(&events);
        assert!(runs.len() > 1);
        assert_eq!(runs.concat(), events);
        assert!(runs.iter().all(|run| encode(run).unwrap().len() < 1024 * 1024));
        assert!(super::runs(&[]).is_empty());
    }
}
