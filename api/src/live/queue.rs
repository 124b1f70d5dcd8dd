//! The bounded queue between a subscription group and one subscription.
//!
//! The writer never waits. A full queue is emptied and marked as lagged; the subscription then catches up from its
//! cursor.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::Notify;

use super::Frame;
use crate::ground::mutex::Mutex;

/// Maximum number of frames pending for one subscription.
pub const MAX_FRAMES: usize = 256;
/// Maximum size of the frames pending for one subscription, in bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Size in bytes after which a receive takes no more frames.
pub const MAX_RECEIVE_BYTES: usize = 256 * 1024;

/// The result of receiving from a queue.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    /// Frames were appended.
    Frames,
    /// The subscription lagged and the pending frames were dropped.
    Lagged,
    /// The member left the workspace. No more frames follow.
    Closed,
}

#[derive(Debug, Default)]
struct Inner {
    frames: VecDeque<Arc<Frame>>,
    bytes: usize,
    is_lagged: bool,
    is_closed: bool,
}

impl Inner {
    fn mark_lagged(&mut self) {
        self.frames = VecDeque::new();
        self.bytes = 0;
        self.is_lagged = true;
    }

    fn take(&mut self, out: &mut Vec<Arc<Frame>>, limit: usize) {
        let (mut count, mut bytes) = (0, 0);
        while count < limit && bytes < MAX_RECEIVE_BYTES {
            let Some(frame) = self.frames.pop_front() else { break };
            bytes += frame.payload().len();
            count += 1;
            out.push(frame);
        }
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

/// A queue, shared by both sides.
#[derive(Debug, Default)]
pub struct Queue {
    inner: Mutex<Inner>,
    filled: Notify,
}

impl Queue {
    /// Adds a frame. Returns `false` if the queue lagged; the writer should drop it.
    pub fn push(&self, frame: Arc<Frame>) -> bool {
        let mut inner = self.inner.lock();
        let bytes = inner.bytes + frame.payload().len();
        if inner.frames.len() >= MAX_FRAMES || (bytes > MAX_BYTES && !inner.frames.is_empty()) {
            inner.mark_lagged();
        } else if !inner.is_lagged {
            inner.bytes = bytes;
            inner.frames.push_back(frame);
        }
        let is_open = !inner.is_lagged;
        drop(inner);
        self.filled.notify_one();
        is_open
    }

    /// Empties the queue and marks it as lagged.
    pub fn mark_lagged(&self) {
        self.inner.lock().mark_lagged();
        self.filled.notify_one();
    }

    /// Closes the queue. Pending frames are still delivered.
    pub fn close(&self) {
        self.inner.lock().is_closed = true;
        self.filled.notify_one();
    }

    /// Waits for frames and appends up to `limit` of them, or about [`MAX_RECEIVE_BYTES`].
    pub async fn recv_many(&self, out: &mut Vec<Arc<Frame>>, limit: usize) -> Received {
        loop {
            let filled = self.filled.notified();
            {
                let mut inner = self.inner.lock();
                if inner.is_lagged {
                    inner.is_lagged = false;
                    return Received::Lagged;
                }
                if !inner.frames.is_empty() {
                    inner.take(out, limit);
                    if inner.frames.is_empty() {
                        inner.frames.shrink_to(8);
                    }
                    return Received::Frames;
                }
                if inner.is_closed {
                    return Received::Closed;
                }
            }
            filled.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::frame::FramePosition;

    fn frame(seq: i64) -> Arc<Frame> {
        Arc::new(Frame::new(FramePosition::Event(seq), bytes::Bytes::new()))
    }

    #[tokio::test]
    async fn drops_all_frames_when_full() {
        let queue = Queue::default();
        let length = i64::try_from(MAX_FRAMES).unwrap();
        assert!((1..=length).all(|seq| queue.push(frame(seq))));
        assert!(!queue.push(frame(length + 1)));
        let mut out = Vec::new();
        assert_eq!(queue.recv_many(&mut out, 10).await, Received::Lagged);
        assert!(out.is_empty());
    }

    #[tokio::test]
    async fn delivers_pending_frames_before_closing() {
        let queue = Queue::default();
        queue.push(frame(1));
        queue.close();
        let mut out = Vec::new();
        assert_eq!(queue.recv_many(&mut out, 10).await, Received::Frames);
        assert_eq!(queue.recv_many(&mut out, 10).await, Received::Closed);
        assert_eq!(out.iter().map(|frame| frame.position()).collect::<Vec<_>>(), [FramePosition::Event(1)]);
    }

    #[tokio::test]
    async fn limits_pending_bytes() {
        let large =
            |seq| Arc::new(Frame::new(FramePosition::Event(seq), bytes::Bytes::from(vec![b' '; MAX_BYTES / 4])));
        let queue = Queue::default();
        assert!((1..=4).all(|seq| queue.push(large(seq))));
        let mut out = Vec::new();
        assert_eq!(queue.recv_many(&mut out, 10).await, Received::Frames);
        assert_eq!(out.len(), 1, "one receive takes no more than is written at a time");
        assert!(queue.push(large(5)) && !queue.push(large(6)));
        assert_eq!(queue.recv_many(&mut out, 10).await, Received::Lagged);
        // A frame larger than the limit is still delivered.
        let huge = Arc::new(Frame::new(FramePosition::Event(7), bytes::Bytes::from(vec![b' '; MAX_BYTES + 1])));
        assert!(queue.push(huge));
        assert_eq!(queue.recv_many(&mut out, 10).await, Received::Frames);
    }
}
