//! An object that is being written, piece by piece: larger ones into a bucket than into a directory.

use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt, PutPayload};

use super::storage::Storage;
use crate::error::{Error, Result};

/// What it may take until a large object is whole: a disk syncs it, an S3 server puts its pieces together.
const WHOLE: Duration = Duration::from_secs(120);
/// Bytes of a piece in a directory: a thread is found for each, which writes it.
const DIRECTORY_PIECE: usize = 512 * 1024;
/// Bytes of a piece of a large object; S3 wants 5 MiB at least.
pub(super) const PIECE: usize = 8 * 1024 * 1024;

/// An object that is being written.
pub struct Writing {
    storage: Storage,
    path: Path,
    begun: Option<Box<dyn MultipartUpload>>,
    /// What waits to be a piece.
    held: Vec<Bytes>,
    bytes: usize,
}

impl Writing {
    pub(super) fn begin(storage: Storage, path: Path, begun: Option<Box<dyn MultipartUpload>>) -> Self {
        Self { storage, path, begun, held: Vec::new(), bytes: 0 }
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// `UNAVAILABLE`; nothing is there then.
    pub async fn put(&mut self, bytes: Bytes) -> Result<()> {
        self.bytes += bytes.len();
        self.held.push(bytes);
        let full = if self.storage.is_bucket() { PIECE } else { DIRECTORY_PIECE };
        if self.bytes >= full { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<()> {
        let piece = PutPayload::from_iter(std::mem::take(&mut self.held));
        self.bytes = 0;
        if self.begun.is_none() {
            let begun = self.storage.guarded(self.storage.store().put_multipart(&self.path)).await?;
            self.begun = Some(begun);
        }
        let Some(begun) = &mut self.begun else { return Ok(()) };
        self.storage.guarded(begun.put_part(piece)).await
    }

    /// It is whole.
    ///
    /// # Errors
    /// `UNAVAILABLE`; nothing is there then.
    pub async fn finish(mut self) -> Result<()> {
        if self.begun.is_none() {
            let whole = PutPayload::from_iter(std::mem::take(&mut self.held));
            return self.storage.guarded(self.storage.store().put(&self.path, whole)).await.map(drop);
        }
        if self.bytes > 0 {
            self.flush().await?;
        }
        let Some(mut begun) = self.begun.take() else { return Ok(()) };
        self.storage.within(WHOLE, begun.complete()).await.map(drop)
    }

    /// It will never be; passes the reason on.
    ///
    /// # Errors
    /// Always.
    pub async fn give_up<T>(mut self, why: Error) -> Result<T> {
        if let Some(begun) = &mut self.begun {
            let _ = self.storage.guarded(begun.abort()).await;
        }
        Err(why)
    }
}
