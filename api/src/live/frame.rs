//! A frame: one item, executed and serialized once, and shared by all its recipients.

use std::any::Any;
use std::sync::OnceLock;

use bytes::Bytes;

use crate::model::event::Seq;

/// Memory overhead of a frame beyond its payload, including the containers that hold it and the longest operation id.
const OVERHEAD: usize = 1024;

/// The position in the log that a connection reaches by receiving a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FramePosition {
    /// The frame is the event with this sequence number.
    Event(Seq),
    /// All visible events up to this sequence number have been sent.
    Head(Seq),
    /// The frame does not refer to the log.
    Nothing,
}

/// The serialized result of one execution.
#[derive(Debug)]
pub struct Frame {
    position: FramePosition,
    payload: Bytes,
    /// The message of a protocol for the first operation id that requested it. Clients of one kind tend to use the same
    /// id and then share the message.
    message: OnceLock<(String, Box<dyn Any + Send + Sync>)>,
}

impl Frame {
    /// Creates a frame from an execution result serialized as JSON.
    pub fn new(position: FramePosition, payload: Bytes) -> Self {
        Self { position, payload, message: OnceLock::new() }
    }

    /// Returns the position that a connection reaches by receiving this frame.
    pub fn position(&self) -> FramePosition {
        self.position
    }

    /// Returns the sequence number that the frame refers to, if any.
    pub fn seq(&self) -> Option<Seq> {
        match self.position {
            FramePosition::Event(seq) | FramePosition::Head(seq) => Some(seq),
            FramePosition::Nothing => None,
        }
    }

    /// Returns the cursor of a connection after this frame, or `None` if the connection at `cursor` already received
    /// it.
    pub fn advances(&self, cursor: Seq) -> Option<Seq> {
        match self.position {
            FramePosition::Event(seq) => (seq > cursor).then_some(seq),
            FramePosition::Head(seq) => (seq >= cursor).then_some(seq),
            FramePosition::Nothing => Some(cursor),
        }
    }

    /// The execution result as JSON: `{"data":…}`.
    pub fn payload(&self) -> &Bytes {
        &self.payload
    }

    /// The memory used in bytes, including the message that is cached on first use.
    pub fn weight(&self) -> usize {
        OVERHEAD + 2 * self.payload.len()
    }

    /// Returns the message for an operation id that `write` makes of the payload.
    pub fn message<T: Clone + Send + Sync + 'static>(&self, id: &str, write: impl Fn(&Bytes) -> T) -> T {
        let (known, message) = self.message.get_or_init(|| (id.to_owned(), Box::new(write(&self.payload))));
        match message.downcast_ref::<T>() {
            Some(message) if known == id => message.clone(),
            _ => write(&self.payload),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_messages_with_the_same_operation_id() {
        let frame = Frame::new(FramePosition::Event(7), Bytes::from_static(b"payload"));
        let message = |id: &str| frame.message(id, |payload| Bytes::from(format!("{id}:{}", payload.len())));
        let first = message("a");
        assert_eq!(first, "a:7");
        assert_eq!(first.as_ptr(), message("a").as_ptr());
        assert_eq!(message("b"), "b:7");
        assert_eq!(frame.message("a", Bytes::len), 7, "another protocol");
    }

    #[test]
    fn advances_the_cursor_only_past_new_events() {
        let frame = |position| Frame::new(position, Bytes::new());
        assert_eq!(frame(FramePosition::Event(7)).advances(6), Some(7));
        assert_eq!(frame(FramePosition::Event(7)).advances(7), None);
        assert_eq!(frame(FramePosition::Head(7)).advances(7), Some(7));
        assert_eq!(frame(FramePosition::Head(6)).advances(7), None);
        assert_eq!(frame(FramePosition::Nothing).advances(7), Some(7));
    }
}
