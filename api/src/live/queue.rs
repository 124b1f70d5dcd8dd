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
    overrun: bool,
    closed: bool,
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
        if inner.frames.len() >= LENGTH {
            inner.frames = VecDeque::new();
            inner.overrun = true;
        } else if !inner.overrun {
            inner.frames.push_back(frame);
        }
        let open = !inner.overrun;
        drop(inner);
        self.filled.notify_one();
        open
    }

    /// Empties it: the subscription reads from its cursor.
    pub fn overrun(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.frames = VecDeque::new();
        inner.overrun = true;
        drop(inner);
        self.filled.notify_one();
    }

    /// Nothing more comes after what is in it.
    pub fn close(&self) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.filled.notify_one();
    }

    /// Waits for frames and appends up to `limit` of them.
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
                    let count = inner.frames.len().min(limit);
                    out.extend(inner.frames.drain(..count));
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
}
