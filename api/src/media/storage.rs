//! The storage: a directory of this machine, or a bucket of S3. Everything on it goes through here.
//!
//! Promises: what was written when a call returns is there after a power cut; every call ends within a deadline
//! or makes progress; when the storage is away nobody waits for it. Nothing relies on conditional writes, which
//! not every S3 server has. It knows keys and bytes.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt};

use super::passage::{pass_on, wrong_length};
use super::s3::{By, Request, S3};
use super::writing::{PIECE, Writing};
use crate::breaker::Breaker;
use crate::config::{MediaSettings, Place};
use crate::error::{Error, Result};

/// What one call may take that moves no more than a piece.
const DEADLINE: Duration = Duration::from_secs(15);

/// The storage. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Storage(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    place: Kind,
    breaker: Breaker,
}

#[derive(Debug)]
enum Kind {
    Directory { store: LocalFileSystem, root: PathBuf },
    Bucket(Box<Bucket>),
}

#[derive(Debug)]
struct Bucket {
    s3: S3,
    /// Browsers and bucket talk to each other.
    is_direct: bool,
    http: reqwest::Client,
}

/// An object that is being read.
pub struct Reading {
    pub size: u64,
    /// Which bytes of it come.
    pub range: Range<u64>,
    pub bytes: BoxStream<'static, Result<Bytes>>,
}

impl Storage {
    /// Opens the one that the settings name; makes the directory.
    ///
    /// # Errors
    /// `UNAVAILABLE` with what is wrong with the settings.
    pub fn open(settings: &MediaSettings, place: &Place) -> Result<Self> {
        let place = match place {
            Place::Directory(root) => {
                let wrong = |error: &dyn std::fmt::Display| {
                    Error::Unavailable(format!("The directory of media {}: {error}.", root.display()))
                };
                std::fs::create_dir_all(root).map_err(|error| wrong(&error))?;
                let store = LocalFileSystem::new_with_prefix(root).map_err(|error| wrong(&error))?;
                let root = root.canonicalize().map_err(|error| wrong(&error))?;
                Kind::Directory { store: store.with_fsync(true).with_automatic_cleanup(true), root }
            }
            Place::Bucket => Kind::Bucket(Box::new(Bucket {
                s3: S3::open(&settings.s3)?,
                is_direct: !settings.s3.through_server,
                http: reqwest::Client::builder()
                    // No deadline for reading: it would count from when the first byte is sent.
                    .connect_timeout(DEADLINE)
                    .build()
                    .map_err(Error::internal)?,
            })),
        };
        Ok(Self(Arc::new(Inner { place, breaker: Breaker::new("storage") })))
    }

    /// Whether all processes of a fleet have the same.
    pub fn is_bucket(&self) -> bool {
        matches!(self.0.place, Kind::Bucket(_))
    }

    /// Whether it is taken to be away.
    pub fn is_away(&self) -> bool {
        self.0.breaker.is_open()
    }

    pub(super) fn store(&self) -> &dyn ObjectStore {
        match &self.0.place {
            Kind::Directory { store, .. } => store,
            Kind::Bucket(bucket) => &bucket.s3.store,
        }
    }

    /// The file that holds an object, where there is one on this machine.
    pub fn file_of(&self, path: &Path) -> Option<PathBuf> {
        match &self.0.place {
            Kind::Directory { root, .. } => Some(root.join(path.as_ref())),
            Kind::Bucket(_) => None,
        }
    }

    /// How a client puts an object of `size` bytes straight into a bucket; `None` if it goes through this server.
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
        match &self.0.place {
            Kind::Bucket(bucket) if bucket.is_direct => {
                bucket.s3.put(By::Browser, path, size, sha256, lifetime).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Where somebody gets an object straight from a bucket; `None` if it comes through this server.
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
        match &self.0.place {
            Kind::Bucket(bucket) if bucket.is_direct => {
                bucket.s3.get(path, media_type, disposition, lifetime).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Does something with it, unless it is taken to be away.
    pub(super) async fn guarded<T>(&self, work: impl Future<Output = Result<T, object_store::Error>>) -> Result<T> {
        self.within(DEADLINE, work).await
    }

    pub(super) async fn within<T>(
        &self,
        deadline: Duration,
        work: impl Future<Output = Result<T, object_store::Error>>,
    ) -> Result<T> {
        let pass = self.0.breaker.enter().ok_or(Error::Away("storage"))?;
        let done = match tokio::time::timeout(deadline, work).await {
            Ok(done) => done.map_err(of_store),
            Err(_) => Err(Error::Away("storage")),
        };
        match &done {
            Err(Error::Away(_)) => pass.failed(),
            _ => pass.succeeded(),
        }
        done
    }

    /// Takes in an object of exactly `size` bytes, as they come.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` if they are more or fewer, those of the stream, and `UNAVAILABLE`.
    pub async fn receive(
        &self,
        path: &Path,
        size: u64,
        bytes: impl Stream<Item = Result<Bytes>> + Send + 'static,
    ) -> Result<()> {
        match &self.0.place {
            Kind::Directory { .. } => {
                let mut writing = self.write(path).await?;
                let mut bytes = std::pin::pin!(bytes);
                let mut taken = 0;
                while let Some(piece) = bytes.next().await {
                    let piece = match piece {
                        Ok(piece) if taken + piece.len() as u64 <= size => piece,
                        Ok(_) => return writing.give_up(wrong_length(size)).await,
                        Err(error) => return writing.give_up(error).await,
                    };
                    taken += piece.len() as u64;
                    writing.put(piece).await?;
                }
                if taken != size {
                    return writing.give_up(wrong_length(size)).await;
                }
                writing.finish().await
            }
            Kind::Bucket(bucket) => {
                // A slow client must not be what shows whether the storage is back.
                if self.is_away()
                    && let Err(Error::Away(what)) = self.size(path).await
                {
                    return Err(Error::Away(what));
                }
                let request = bucket.s3.put(By::Server, path, size, None, DEADLINE).await?;
                let passed = pass_on(&bucket.http, request, size, bytes, DEADLINE).await;
                if let Err(Error::Away(_)) = &passed {
                    self.0.breaker.failed();
                }
                passed
            }
        }
    }

    /// Begins an object. It is there when it is finished, and not before.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn write(&self, path: &Path) -> Result<Writing> {
        let begun = match &self.0.place {
            // Begun at once, and written as it comes.
            Kind::Directory { store, .. } => Some(self.guarded(store.put_multipart(path)).await?),
            Kind::Bucket(_) => None,
        };
        Ok(Writing::begin(self.clone(), path.clone(), begun))
    }

    /// Puts an object that is in memory as a whole.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn put(&self, path: &Path, mut bytes: Bytes) -> Result<()> {
        if bytes.len() > PIECE {
            let mut writing = self.write(path).await?;
            while !bytes.is_empty() {
                writing.put(bytes.split_to(PIECE.min(bytes.len()))).await?;
            }
            return writing.finish().await;
        }
        self.guarded(self.store().put(path, bytes.into())).await.map(drop)
    }

    /// Reads an object, or a part of it.
    ///
    /// # Errors
    /// `NOT_FOUND`, `UNAVAILABLE`; while it is read `UNAVAILABLE`.
    pub async fn read(&self, path: &Path, range: Option<Range<u64>>) -> Result<Reading> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let got = self.guarded(self.store().get_opts(path, options)).await?;
        let (size, range) = (got.meta.size, got.range.clone());
        let breaker = self.0.breaker.clone();
        let bytes = got.into_stream().map_err(move |error| {
            breaker.failed();
            of_store(error)
        });
        Ok(Reading { size, range, bytes: bytes.boxed() })
    }

    /// How large an object is.
    ///
    /// # Errors
    /// `NOT_FOUND`, `UNAVAILABLE`.
    pub async fn size(&self, path: &Path) -> Result<u64> {
        Ok(self.guarded(self.store().head(path)).await?.size)
    }

    /// What lies under a prefix, in no order, as it is found.
    pub fn walk(&self, prefix: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.store().list(Some(prefix)).map_err(of_store).boxed()
    }

    /// What lies under a prefix of few objects, in no order.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn list(&self, prefix: &Path) -> Result<Vec<ObjectMeta>> {
        self.guarded(self.store().list(Some(prefix)).try_collect()).await
    }

    /// Removes all that lies under a prefix. What is gone already is no error.
    ///
    /// # Errors
    /// `UNAVAILABLE`; then some of it may be left.
    pub async fn remove(&self, prefix: &Path) -> Result<()> {
        if let Kind::Directory { root, .. } = &self.0.place {
            // The folder itself, with what was half written when a process died.
            let folder = root.join(prefix.as_ref());
            return match tokio::fs::remove_dir_all(&folder).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::warn!(%error, folder = %folder.display(), "the storage of files");
                    Err(Error::Away("storage"))
                }
                _ => Ok(()),
            };
        }
        for object in self.list(prefix).await? {
            match self.guarded(self.store().delete(&object.location)).await {
                Ok(()) | Err(Error::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn of_store(error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => Error::NotFound("file"),
        error => {
            tracing::warn!(%error, "the storage of files");
            Error::Away("storage")
        }
    }
}
