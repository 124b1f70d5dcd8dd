//! Events as they travel: on `live.<workspace>` and, kept, on `log.<workspace>`. `docs/event-format.md`
//! is the promise to programs outside.
//!
//! A batch is a JSON object of consecutive events of one log. Whoever meets a `format`, a kind or a
//! version that it does not know must not go on with that log.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::event::{Body, Event, Seq, SharedEvent, Skeleton};
use crate::id::WorkspaceId;

/// The form of a batch. Raised when a reader of the old one would misunderstand the new one.
pub const FORMAT: u32 = 1;
/// Bytes of events in one message, well below the smallest limit that NATS has by default (1 MiB).
const BATCH_BYTES: usize = 256 * 1024;
/// What a file takes that is described in an event, at most.
const FILE_BYTES: usize = 8 * 1024;

#[derive(Serialize, Deserialize)]
struct Batch<'a> {
    format: u32,
    workspace_id: WorkspaceId,
    events: Vec<Entry<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Entry<'a> {
    seq: Seq,
    at: Moment,
    version: i32,
    actor_id: Uuid,
    command_id: Uuid,
    skeleton: Cow<'a, Skeleton>,
    body: Cow<'a, Body>,
}

/// Cuts events of one log into runs that fit into a message each. An event alone always fits.
pub fn runs(events: &[SharedEvent]) -> Vec<&[SharedEvent]> {
    let mut runs = Vec::new();
    let (mut from, mut bytes) = (0, 0);
    for (at, event) in events.iter().enumerate() {
        let weight = 1024 + event.body.text.as_ref().map_or(0, String::len) + FILE_BYTES * event.body.files.len();
        if at > from && bytes + weight > BATCH_BYTES {
            runs.extend(events.get(from..at));
            (from, bytes) = (at, 0);
        }
        bytes += weight;
    }
    runs.extend(events.get(from..).filter(|run| !run.is_empty()));
    runs
}

/// Writes a run; nothing for no events.
///
/// # Errors
/// `INTERNAL` if it cannot be written as JSON, which no event causes.
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

/// Reads a batch.
///
/// # Errors
/// `UNAVAILABLE` for what a newer program wrote, or what is no batch.
pub fn decode(bytes: &[u8]) -> Result<Vec<SharedEvent>> {
    let unknown = |why: String| Error::Unavailable(format!("a batch of events cannot be read: {why}"));
    let batch: Batch = serde_json::from_slice(bytes).map_err(|error| unknown(error.to_string()))?;
    if batch.format != FORMAT {
        return Err(unknown(format!("format {}", batch.format)));
    }
    if let Some(newer) = batch.events.iter().find(|event| event.version > Skeleton::VERSION) {
        return Err(unknown(format!("version {} of an event", newer.version)));
    }
    let event = |read: Entry| Event {
        workspace_id: batch.workspace_id,
        seq: read.seq,
        at: read.at,
        actor_id: read.actor_id,
        command_id: read.command_id,
        skeleton: read.skeleton.into_owned(),
        body: read.body.into_owned(),
    };
    Ok(batch.events.into_iter().map(event).map(Arc::new).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Mentions;
    use crate::id::{ChannelId, MessageId};

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
            at: Moment(1_772_357_400_007),
            actor_id: Uuid::from_u128(1),
            command_id: Uuid::from_u128(2),
            skeleton,
            body: Body::text(text),
        })
    }

    #[test]
    fn a_batch_reads_back() {
        let events = vec![message(4, "a".into()), message(5, "\u{1F600}".into())];
        assert_eq!(decode(&encode(&events).unwrap()).unwrap(), events);
    }

    #[test]
    fn a_newer_format_kind_or_version_is_refused() {
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
    fn runs_are_whole_and_fit_a_message() {
        let events: Vec<_> = (1..=300).map(|seq| message(seq, "x".repeat(seq as usize * 50))).collect();
        let runs = runs(&events);
        assert!(runs.len() > 1);
        assert_eq!(runs.concat(), events);
        assert!(runs.iter().all(|run| encode(run).unwrap().len() < 1024 * 1024));
        assert!(super::runs(&[]).is_empty());
    }
}
