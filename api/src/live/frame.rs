//! One item, executed and serialised once, and shared by all who get it.

use std::sync::OnceLock;

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;

use crate::event::Seq;

/// The result of one execution.
#[derive(Debug)]
pub struct Frame {
    /// The event's number; `None` for signals.
    seq: Option<Seq>,
    payload: Bytes,
    /// The whole WebSocket message for the operation id that asked first. Clients of one kind tend to
    /// use the same id, and then share the whole message.
    message: OnceLock<(String, Utf8Bytes)>,
}

impl Frame {
    /// A frame of an execution result, written as JSON.
    pub fn new(seq: Option<Seq>, payload: Bytes) -> Self {
        Self { seq, payload, message: OnceLock::new() }
    }

    /// How far a connection has come that got this frame.
    pub fn seq(&self) -> Option<Seq> {
        self.seq
    }

    /// The execution result as JSON: `{"data":…}`.
    pub fn payload(&self) -> &Bytes {
        &self.payload
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
        let frame = Frame::new(Some(7), Bytes::from_static(br#"{"data":1}"#));
        let first = frame.next_message("a\"b");
        assert_eq!(first.as_str(), r#"{"id":"a\"b","type":"next","payload":{"data":1}}"#);
        assert_eq!(first.as_str().as_ptr(), frame.next_message("a\"b").as_str().as_ptr());
        assert_eq!(frame.next_message("2").as_str(), r#"{"id":"2","type":"next","payload":{"data":1}}"#);
    }
}
