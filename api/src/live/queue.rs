//! The bounded queue between a room and one subscription.
//!
//! Its writer never waits: when the queue is full it is emptied and marked as overrun, and the
//! subscription reads from its cursor instead.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::Frame;

/// Frames that may wait for one subscription.
pub const LENGTH: usize = 256;
/// Bytes of frames that may wait for one subscription.
pub const BYTES: usize = 4 * 1024 * 1024;
/// Bytes of frames after which no more are taken at a time.
pub const TAKEN_BYTES: usize = 256 * 1024;

/// What a subscription finds in its queue.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// Frames were appended.
    Frames,
    /// It was too slow, and what waited is gone.
    Overrun,
    /// Nothing more comes: the member is no longer in the workspace.
    Closed,
}

#[derive(Debug, Default)]
struct Inner {
    frames: VecDeque<Arc<Frame>>,
    bytes: usize,
    overrun: bool,
    closed: bool,
}

impl Inner {
    fn overrun(&mut self) {
        self.frames = VecDeque::new();
        self.bytes = 0;
        self.overrun = true;
    }

    fn take(&mut self, out: &mut Vec<Arc<Frame>>, limit: usize) {
        let (mut count, mut bytes) = (0, 0);
        while count < limit && bytes < TAKEN_BYTES {
            let Some(frame) = self.frames.pop_front() else { break };
            bytes += frame.payload().len();
            count += 1;
            out.push(frame);
        }
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

/// The queue; both sides share it.
#[derive(Debug, Default)]
pub struct Queue {
    inner: Mutex<Inner>,
    filled: Notify,
}

impl Queue {
    /// Adds a frame. `false` when the queue is overrun: the writer should forget it.
    pub fn push(&self, frame: Arc<Frame>) -> bool {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = inner.bytes + frame.payload().len();
        if inner.frames.len() >= LENGTH || (bytes > BYTES && !inner.frames.is_empty()) {
            inner.overrun();
        } else if !inner.overrun {
            inner.bytes = bytes;
            inner.frames.push_back(frame);
        }
        let open = !inner.overrun;
        drop(inner);
        self.filled.notify_one();
        open
    }

    /// Empties it: the subscription reads from its cursor.
    pub fn overrun(&self) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).overrun();
        self.filled.notify_one();
    }

    /// Nothing more comes after what is in it.
    pub fn close(&self) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.filled.notify_one();
    }

    /// Waits for frames and appends up to `limit` of them, or [`TAKEN_BYTES`].
    pub async fn take(&self, out: &mut Vec<Arc<Frame>>, limit: usize) -> Taken {
        loop {
            let filled = self.filled.notified();
            {
                let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
                if inner.overrun {
                    inner.overrun = false;
                    return Taken::Overrun;
                }
                if !inner.frames.is_empty() {
                    inner.take(out, limit);
                    if inner.frames.is_empty() {
                        inner.frames.shrink_to(8);
                    }
                    return Taken::Frames;
                }
                if inner.closed {
                    return Taken::Closed;
                }
            }
            filled.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::frame::Reach;

    fn frame(seq: i64) -> Arc<Frame> {
        Arc::new(Frame::new(Reach::Event(seq), bytes::Bytes::new()))
    }

    #[tokio::test]
    async fn a_full_queue_is_emptied_and_says_so() {
        let queue = Queue::default();
        let length = i64::try_from(LENGTH).unwrap();
        assert!((1..=length).all(|seq| queue.push(frame(seq))));
        assert!(!queue.push(frame(length + 1)));
        let mut out = Vec::new();
        assert_eq!(queue.take(&mut out, 10).await, Taken::Overrun);
        assert!(out.is_empty());
    }

    #[tokio::test]
    async fn what_is_in_it_comes_before_the_end() {
        let queue = Queue::default();
        queue.push(frame(1));
        queue.close();
        let mut out = Vec::new();
        assert_eq!(queue.take(&mut out, 10).await, Taken::Frames);
        assert_eq!(queue.take(&mut out, 10).await, Taken::Closed);
        assert_eq!(out.iter().map(|frame| frame.reach()).collect::<Vec<_>>(), [Reach::Event(1)]);
    }

    #[tokio::test]
    async fn what_waits_is_bounded_in_bytes_as_well() {
        let large = |seq| Arc::new(Frame::new(Reach::Event(seq), bytes::Bytes::from(vec![b' '; BYTES / 4])));
        let queue = Queue::default();
        assert!((1..=4).all(|seq| queue.push(large(seq))));
        let mut out = Vec::new();
        assert_eq!(queue.take(&mut out, 10).await, Taken::Frames);
        assert_eq!(out.len(), 1, "no more is taken than can be written at a time");
        assert!(queue.push(large(5)) && !queue.push(large(6)));
        assert_eq!(queue.take(&mut out, 10).await, Taken::Overrun);
        // One that is larger than all that may wait still comes.
        let huge = Arc::new(Frame::new(Reach::Event(7), bytes::Bytes::from(vec![b' '; BYTES + 1])));
        assert!(queue.push(huge));
        assert_eq!(queue.take(&mut out, 10).await, Taken::Frames);
    }
}
