//! Where file contents are stored, a directory or a bucket, behind a circuit breaker and timeouts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

use super::s3::S3;
use crate::ground::breaker::Breaker;
use crate::ground::config::{FileLocation, MediaSettings};
use crate::ground::error::{Error, Result};

/// Timeout of a call that transfers at most one chunk.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// A directory or a bucket. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Backend {
    pub kind: Arc<Kind>,
    pub breaker: Breaker,
}

#[derive(Debug)]
pub(super) enum Kind {
    Directory { store: LocalFileSystem, root: PathBuf },
    Bucket(Box<Bucket>),
}

#[derive(Debug)]
pub(super) struct Bucket {
    pub s3: S3,
    /// Whether browsers access the bucket directly.
    pub is_direct: bool,
    pub http: reqwest::Client,
}

impl Backend {
    /// Opens the configured backend. Creates the directory if necessary.
    ///
    /// # Errors
    /// `UNAVAILABLE` with a message that names the invalid setting.
    pub fn open(settings: &MediaSettings, location: &FileLocation) -> Result<Self> {
        let kind = match location {
            FileLocation::Directory(root) => {
                let inaccessible = |error: &dyn std::fmt::Display| {
                    Error::Unavailable(format!("Cannot access the media directory {}: {error}.", root.display()))
                };
                std::fs::create_dir_all(root).map_err(|error| inaccessible(&error))?;
                let store = LocalFileSystem::new_with_prefix(root).map_err(|error| inaccessible(&error))?;
                let root = root.canonicalize().map_err(|error| inaccessible(&error))?;
                Kind::Directory { store: store.with_fsync(true).with_automatic_cleanup(true), root }
            }
            FileLocation::Bucket => Kind::Bucket(Box::new(Bucket {
                s3: S3::open(&settings.s3)?,
                is_direct: !settings.s3.through_server,
                http: reqwest::Client::builder()
                    // No read timeout: it would count from the first byte sent.
                    .connect_timeout(REQUEST_TIMEOUT)
                    .build()
                    .map_err(Error::internal)?,
            })),
        };
        Ok(Self { kind: Arc::new(kind), breaker: Breaker::new("storage") })
    }

    /// Returns whether this is a bucket.
    pub fn is_bucket(&self) -> bool {
        matches!(*self.kind, Kind::Bucket(_))
    }

    pub fn store(&self) -> &dyn ObjectStore {
        match &*self.kind {
            Kind::Directory { store, .. } => store,
            Kind::Bucket(bucket) => &bucket.s3.store,
        }
    }

    /// Runs a request through the circuit breaker with the default timeout.
    pub async fn guarded<T>(&self, work: impl Future<Output = Result<T, object_store::Error>>) -> Result<T> {
        self.within(REQUEST_TIMEOUT, work).await
    }

    /// Runs a request through the circuit breaker with a timeout.
    pub async fn within<T>(
        &self,
        deadline: Duration,
        work: impl Future<Output = Result<T, object_store::Error>>,
    ) -> Result<T> {
        let pass = self.breaker.try_acquire().ok_or(Error::DependencyUnavailable("storage"))?;
        let result = match tokio::time::timeout(deadline, work).await {
            Ok(result) => result.map_err(from_store),
            Err(_) => Err(Error::DependencyUnavailable("storage")),
        };
        match &result {
            Err(Error::DependencyUnavailable(_)) => pass.failed(),
            _ => pass.succeeded(),
        }
        result
    }
}

/// Maps an error of the storage: a missing object is `NOT_FOUND`, anything else `UNAVAILABLE`.
pub(super) fn from_store(error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => Error::NotFound("file"),
        error => {
            tracing::warn!(%error, "file storage request failed");
            Error::DependencyUnavailable("storage")
        }
    }
}
