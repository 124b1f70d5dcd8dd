//! Writes an object in chunks.

use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt, PutPayload};

use super::backend::Backend;
use crate::ground::error::{Error, Result};

/// Timeout to complete a large object: a disk syncs it, an S3 server assembles its chunks.
const COMPLETE_TIMEOUT: Duration = Duration::from_secs(120);
/// Chunk size for directories in bytes. Each chunk is written by a blocking task.
const DIRECTORY_CHUNK_BYTES: usize = 512 * 1024;
/// Chunk size for buckets in bytes. S3 requires at least 5 MiB.
pub(super) const BUCKET_CHUNK_BYTES: usize = 8 * 1024 * 1024;

/// An object that is being written.
pub struct ObjectWriter {
    backend: Backend,
    path: Path,
    upload: Option<Box<dyn MultipartUpload>>,
    /// Bytes buffered for the next chunk.
    buffer: Vec<Bytes>,
    bytes: usize,
}

impl ObjectWriter {
    pub(super) fn begin(backend: Backend, path: Path, upload: Option<Box<dyn MultipartUpload>>) -> Self {
        Self { backend, path, upload, buffer: Vec::new(), bytes: 0 }
    }

    /// Writes bytes.
    ///
    /// # Errors
    /// `UNAVAILABLE`. The object then does not exist.
    pub async fn put(&mut self, bytes: Bytes) -> Result<()> {
        self.bytes += bytes.len();
        self.buffer.push(bytes);
        let full = if self.backend.is_bucket() { BUCKET_CHUNK_BYTES } else { DIRECTORY_CHUNK_BYTES };
        if self.bytes >= full { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<()> {
        let chunk = PutPayload::from_iter(std::mem::take(&mut self.buffer));
        self.bytes = 0;
        if self.upload.is_none() {
            let upload = self.backend.guarded(self.backend.store().put_multipart(&self.path)).await?;
            self.upload = Some(upload);
        }
        let Some(upload) = &mut self.upload else { return Ok(()) };
        self.backend.guarded(upload.put_part(chunk)).await
    }

    /// Completes the object.
    ///
    /// # Errors
    /// `UNAVAILABLE`. The object then does not exist.
    pub async fn finish(mut self) -> Result<()> {
        if self.upload.is_none() {
            let whole = PutPayload::from_iter(std::mem::take(&mut self.buffer));
            return self.backend.guarded(self.backend.store().put(&self.path, whole)).await.map(drop);
        }
        if self.bytes > 0 {
            self.flush().await?;
        }
        let Some(mut upload) = self.upload.take() else { return Ok(()) };
        self.backend.within(COMPLETE_TIMEOUT, upload.complete()).await.map(drop)
    }

    /// Discards the object and returns the given error.
    ///
    /// # Errors
    /// Always.
    pub async fn abort<T>(mut self, error: Error) -> Result<T> {
        if let Some(upload) = &mut self.upload {
            let _ = self.backend.guarded(upload.abort()).await;
        }
        Err(error)
    }
}
