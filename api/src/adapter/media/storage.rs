//! The storage of file contents: a local directory or an S3 bucket.
//!
//! Writes are durable when a call returns. Every call ends within a timeout or makes progress (`backend.rs`). While the
//! circuit is open, calls fail at once. Conditional writes are not used, because not every S3 server supports them.

use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStoreExt};

use super::backend::{Backend, Kind, REQUEST_TIMEOUT, from_store};
use super::object_writer::{BUCKET_CHUNK_BYTES, ObjectWriter};
use super::s3::{Request, Requester};
use super::upload_stream::{forward, wrong_length};
use crate::ground::config::{FileLocation, MediaSettings};
use crate::ground::error::{Error, Result};

/// The storage. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Storage(Backend);

/// A stream of the contents of an object.
pub struct ObjectReader {
    pub size: u64,
    /// Byte range covered by the stream.
    pub range: Range<u64>,
    pub bytes: BoxStream<'static, Result<Bytes>>,
}

impl Storage {
    /// Opens the configured storage. Creates the directory if necessary.
    ///
    /// # Errors
    /// `UNAVAILABLE` with a message that names the invalid setting.
    pub fn open(settings: &MediaSettings, location: &FileLocation) -> Result<Self> {
        Backend::open(settings, location).map(Self)
    }

    /// Returns whether the storage is a bucket, which all processes of a fleet share.
    pub fn is_bucket(&self) -> bool {
        self.0.is_bucket()
    }

    /// Returns whether the circuit is open.
    pub fn is_unavailable(&self) -> bool {
        self.0.breaker.is_open()
    }

    /// Returns the local file that holds an object, if the storage is a directory.
    pub fn local_file(&self, path: &Path) -> Option<PathBuf> {
        match &*self.0.kind {
            Kind::Directory { root, .. } => Some(root.join(path.as_ref())),
            Kind::Bucket(_) => None,
        }
    }

    /// Presigns the direct upload of an object of `size` bytes. `None` if uploads go through this server.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn put_request(
        &self,
        path: &Path,
        size: u64,
        sha256: Option<&[u8]>,
        lifetime: Duration,
    ) -> Result<Option<Request>> {
        match &*self.0.kind {
            Kind::Bucket(bucket) if bucket.is_direct => {
                bucket.s3.put(Requester::Browser, path, size, sha256, lifetime).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Presigns the direct download of an object. `None` if downloads go through this server.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn get_url(
        &self,
        path: &Path,
        media_type: &str,
        disposition: &str,
        lifetime: Duration,
    ) -> Result<Option<String>> {
        match &*self.0.kind {
            Kind::Bucket(bucket) if bucket.is_direct => {
                bucket.s3.get(path, media_type, disposition, lifetime).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Stores a stream of exactly `size` bytes as an object.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for more or fewer bytes, errors of the stream, and `UNAVAILABLE`.
    pub async fn receive(
        &self,
        path: &Path,
        size: u64,
        bytes: impl Stream<Item = Result<Bytes>> + Send + 'static,
    ) -> Result<()> {
        match &*self.0.kind {
            Kind::Directory { .. } => {
                let mut writer = self.write(path).await?;
                let mut bytes = std::pin::pin!(bytes);
                let mut received = 0;
                while let Some(chunk) = bytes.next().await {
                    let chunk = match chunk {
                        Ok(chunk) if received + chunk.len() as u64 <= size => chunk,
                        Ok(_) => return writer.abort(wrong_length(size)).await,
                        Err(error) => return writer.abort(error).await,
                    };
                    received += chunk.len() as u64;
                    writer.put(chunk).await?;
                }
                if received != size {
                    return writer.abort(wrong_length(size)).await;
                }
                writer.finish().await
            }
            Kind::Bucket(bucket) => {
                // While the circuit is open, a short request probes the storage: a slow client must not be the probe.
                if self.is_unavailable()
                    && let Err(Error::DependencyUnavailable(what)) = self.size(path).await
                {
                    return Err(Error::DependencyUnavailable(what));
                }
                let request = bucket.s3.put(Requester::Server, path, size, None, REQUEST_TIMEOUT).await?;
                let forwarded = forward(&bucket.http, request, size, bytes, REQUEST_TIMEOUT).await;
                if let Err(Error::DependencyUnavailable(_)) = &forwarded {
                    self.0.breaker.failed();
                }
                forwarded
            }
        }
    }

    /// Starts to write an object. It exists only once it is finished.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn write(&self, path: &Path) -> Result<ObjectWriter> {
        let upload = match &*self.0.kind {
            // A directory is always written in chunks, as they arrive.
            Kind::Directory { store, .. } => Some(self.0.guarded(store.put_multipart(path)).await?),
            Kind::Bucket(_) => None,
        };
        Ok(ObjectWriter::begin(self.0.clone(), path.clone(), upload))
    }

    /// Stores an object that is in memory.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn put(&self, path: &Path, mut bytes: Bytes) -> Result<()> {
        if bytes.len() > BUCKET_CHUNK_BYTES {
            let mut writer = self.write(path).await?;
            while !bytes.is_empty() {
                writer.put(bytes.split_to(BUCKET_CHUNK_BYTES.min(bytes.len()))).await?;
            }
            return writer.finish().await;
        }
        self.0.guarded(self.0.store().put(path, bytes.into())).await.map(drop)
    }

    /// Reads an object, or a range of it.
    ///
    /// # Errors
    /// `NOT_FOUND`, `UNAVAILABLE`. The stream may fail with `UNAVAILABLE`.
    pub async fn read(&self, path: &Path, range: Option<Range<u64>>) -> Result<ObjectReader> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let got = self.0.guarded(self.0.store().get_opts(path, options)).await?;
        let (size, range) = (got.meta.size, got.range.clone());
        let breaker = self.0.breaker.clone();
        let bytes = got.into_stream().map_err(move |error| {
            breaker.failed();
            from_store(error)
        });
        Ok(ObjectReader { size, range, bytes: bytes.boxed() })
    }

    /// Returns the size of an object in bytes.
    ///
    /// # Errors
    /// `NOT_FOUND`, `UNAVAILABLE`.
    pub async fn size(&self, path: &Path) -> Result<u64> {
        Ok(self.0.guarded(self.0.store().head(path)).await?.size)
    }

    /// Streams the objects under a prefix, unordered.
    pub fn walk(&self, prefix: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.0.store().list(Some(prefix)).map_err(from_store).boxed()
    }

    /// Lists the objects under a prefix that holds few objects, unordered.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn list(&self, prefix: &Path) -> Result<Vec<ObjectMeta>> {
        self.0.guarded(self.0.store().list(Some(prefix)).try_collect()).await
    }

    /// Removes all objects under a prefix. Missing objects are not an error.
    ///
    /// # Errors
    /// `UNAVAILABLE`. Some objects may then remain.
    pub async fn remove(&self, prefix: &Path) -> Result<()> {
        if let Kind::Directory { root, .. } = &*self.0.kind {
            // Remove the whole directory, including partial files of processes that died.
            let directory = root.join(prefix.as_ref());
            return match tokio::fs::remove_dir_all(&directory).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::warn!(%error, directory = %directory.display(), "removing a media directory failed");
                    Err(Error::DependencyUnavailable("storage"))
                }
                _ => Ok(()),
            };
        }
        for object in self.list(prefix).await? {
            match self.0.guarded(self.0.store().delete(&object.location)).await {
                Ok(()) | Err(Error::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
