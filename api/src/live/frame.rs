//! One item, executed and serialised once, and shared by all who get it.

use std::sync::OnceLock;

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;

use crate::event::Seq;

/// What a frame takes beside its texts, in whatever holds it and with the longest id of an operation.
const OVERHEAD: usize = 1024;

/// How far a connection has come that got a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The frame is the event with this number.
    Event(Seq),
    /// The frame vouches for everything up to this number.
    Head(Seq),
    /// It says nothing of the log.
    Nothing,
}

/// The result of one execution.
#[derive(Debug)]
pub struct Frame {
    reach: Reach,
    payload: Bytes,
    /// The whole WebSocket message for the operation id that asked first. Clients of one kind tend to
    /// use the same id, and then share the whole message.
    message: OnceLock<(String, Utf8Bytes)>,
}

impl Frame {
    /// A frame of an execution result, written as JSON.
    pub fn new(reach: Reach, payload: Bytes) -> Self {
        Self { reach, payload, message: OnceLock::new() }
    }

    /// How far a connection has come that got this frame.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// The number that it names, if it names one.
    pub fn seq(&self) -> Option<Seq> {
        match self.reach {
            Reach::Event(seq) | Reach::Head(seq) => Some(seq),
            Reach::Nothing => None,
        }
    }

    /// The number that it brings a connection to, if it comes from `cursor` and has not had it.
    pub fn advances(&self, cursor: Seq) -> Option<Seq> {
        match self.reach {
            Reach::Event(seq) => (seq > cursor).then_some(seq),
            Reach::Head(seq) => (seq >= cursor).then_some(seq),
            Reach::Nothing => Some(cursor),
        }
    }

    /// The execution result as JSON: `{"data":…}`.
    pub fn payload(&self) -> &Bytes {
        &self.payload
    }

    /// How many bytes it takes, with the message that is made of it when it is first written.
    pub fn weight(&self) -> usize {
        OVERHEAD + 2 * self.payload.len()
    }

    /// The WebSocket text `{"id":…,"type":"next","payload":…}`.
    pub fn next_message(&self, id: &str) -> Utf8Bytes {
        let (known, message) = self.message.get_or_init(|| (id.to_owned(), self.write_message(id)));
        if known == id { message.clone() } else { self.write_message(id) }
    }

    fn write_message(&self, id: &str) -> Utf8Bytes {
        let id = serde_json::Value::from(id).to_string();
        let payload = String::from_utf8_lossy(&self.payload);
        Utf8Bytes::from(format!(r#"{{"id":{id},"type":"next","payload":{payload}}}"#))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_shared_by_those_with_the_same_id() {
        let frame = Frame::new(Reach::Event(7), Bytes::from_static(br#"{"data":1}"#));
        let first = frame.next_message("a\"b");
        assert_eq!(first.as_str(), r#"{"id":"a\"b","type":"next","payload":{"data":1}}"#);
        assert_eq!(first.as_str().as_ptr(), frame.next_message("a\"b").as_str().as_ptr());
        assert_eq!(frame.next_message("2").as_str(), r#"{"id":"2","type":"next","payload":{"data":1}}"#);
    }

    #[test]
    fn a_frame_that_a_connection_has_had_does_not_advance_it() {
        let frame = |reach| Frame::new(reach, Bytes::new());
        assert_eq!(frame(Reach::Event(7)).advances(6), Some(7));
        assert_eq!(frame(Reach::Event(7)).advances(7), None);
        assert_eq!(frame(Reach::Head(7)).advances(7), Some(7));
        assert_eq!(frame(Reach::Head(6)).advances(7), None);
        assert_eq!(frame(Reach::Nothing).advances(7), Some(7));
    }
}
