//! File storage of a test: a directory, or a bucket of a real S3 server, direct or through the server. Also the upload
//! client and sample files.

use std::time::Duration;

use api::adapter::media::storage::Storage;
use api::ground::config::{Config, MediaSettings, S3Settings};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::Write;
use testbed::s3::S3;

use crate::support::{Client, RequestError, Server, Store, Workspace, s3, text};

/// A store with file storage.
pub struct FileStorage {
    config: Config,
    _store: Option<Store>,
    pub s3: Option<S3>,
    through_server: bool,
}

impl FileStorage {
    /// In the data directory.
    pub fn in_directory(store: Store) -> Self {
        Self { config: store.config(), _store: Some(store), s3: None, through_server: false }
    }

    /// In the data directory of a borrowed store.
    pub fn in_store(store: &Store) -> Self {
        Self { config: store.config(), _store: None, s3: None, through_server: false }
    }

    /// In a bucket. `None` where no S3 server is configured outside of CI.
    pub async fn in_bucket(test: &str, store: Store, through_server: bool) -> Option<Self> {
        let s3 = Some(s3::start(test).await?);
        Some(Self { config: store.config(), _store: Some(store), s3, through_server })
    }

    /// The configuration of a server with this storage.
    pub fn config(&self) -> Config {
        let config = self.config.clone();
        let s3 = self.s3.as_ref().map(s3::settings).unwrap_or_default();
        let s3 = S3Settings { through_server: self.through_server, ..s3 };
        Config { media: MediaSettings { s3, ..config.media.clone() }, ..config }
    }

    pub async fn start_server(&self) -> Server {
        self.start_server_with(|_| {}).await
    }

    /// Starts a server and creates a workspace of two members.
    pub async fn serve(&self) -> (Server, Workspace) {
        let server = self.start_server().await;
        let workspace = Workspace::with_members(&server, 2).await;
        (server, workspace)
    }

    /// Starts a server with changed media settings.
    pub async fn start_server_with(&self, change: impl FnOnce(&mut MediaSettings)) -> Server {
        let mut config = self.config();
        change(&mut config.media);
        Server::start_with_config(None, api::wire::http::Settings::default(), config).await
    }

    /// The names of all objects.
    pub async fn objects(&self) -> Vec<String> {
        let config = self.config();
        let storage = Storage::open(&config.media, &config.file_location().unwrap()).unwrap();
        let mut names = Vec::new();
        for prefix in ["uploads", "files"] {
            let found = storage.list(&prefix.into()).await.unwrap();
            names.extend(found.into_iter().map(|object| object.location.to_string()));
        }
        names
    }
}

/// Generates three tests from an `async fn(&mut FileStorage)`: on a directory, on a bucket that clients reach directly,
/// and on a bucket behind the server.
macro_rules! on_each_storage {
    ($($test:ident)*) => {$(
        mod $test {
            use crate::support::FileStorage;
            use crate::support::Store;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn directory() {
                super::$test(&mut FileStorage::in_directory(Store::sqlite())).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn bucket() {
                let name = concat!(module_path!(), "::", stringify!($test));
                let Some(mut storage) = FileStorage::in_bucket(name, Store::sqlite(), false).await else { return };
                super::$test(&mut storage).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn bucket_through_the_server() {
                let name = concat!(module_path!(), "::", stringify!($test));
                let Some(mut storage) = FileStorage::in_bucket(name, Store::sqlite(), true).await else { return };
                super::$test(&mut storage).await;
            }
        }
    )*};
}

pub(crate) use on_each_storage;

pub const UPLOAD: &str =
    "upload { id fileId parts { number offset size url method headers { name value } isReceived } }";
pub const FILE: &str = "file { id name type kind size status alt width height thumbhash url downloadUrl uploaderId \
    channelId messageId removedAt previews { size url width height } }";

/// Uploads files as one user.
pub struct Uploader<'a> {
    pub client: &'a Client,
    pub workspace: &'a str,
}

impl Uploader<'_> {
    /// Creates an upload for these bytes.
    pub async fn create(&self, name: &str, bytes: &[u8]) -> Result<Value, RequestError> {
        let sha256 = hex::encode(Sha256::digest(bytes));
        let input = json!({ "workspaceId": self.workspace, "name": name, "size": bytes.len(), "sha256": sha256 });
        Ok(self.client.try_mutate("createUpload", &input, UPLOAD).await?["upload"].clone())
    }

    /// Puts a part as its request describes.
    pub async fn put_part(&self, part: &Value, bytes: Vec<u8>) -> StatusCode {
        put_part(self.client, part, bytes).await
    }

    /// Puts every part that is missing.
    pub async fn put_missing_parts(&self, upload: &Value, bytes: &[u8]) {
        for part in upload["parts"].as_array().unwrap().iter().filter(|part| part["isReceived"] == false) {
            assert_eq!(self.put_part(part, part_bytes(part, bytes)).await, StatusCode::OK);
        }
    }

    /// Completes an upload and waits for its check.
    pub async fn complete(&self, id: &str) -> Result<Value, RequestError> {
        let input = json!({ "uploadId": id });
        let selection = format!("status seq {FILE}");
        let mut interval = tokio::time::interval(Duration::from_millis(20));
        loop {
            interval.tick().await;
            let done = self.client.try_mutate("completeUpload", &input, &selection).await?;
            if done["status"] == "DONE" {
                return Ok(done);
            }
        }
    }

    /// Uploads a file completely. Returns the file.
    pub async fn upload(&self, name: &str, bytes: &[u8]) -> Result<Value, RequestError> {
        let upload = self.create(name, bytes).await?;
        self.put_missing_parts(&upload, bytes).await;
        Ok(self.complete(&text(&upload, "/id")).await?["file"].clone())
    }

    /// Waits until the previews of a file are ready. Returns the file.
    pub async fn wait_until_ready(&self, id: &str) -> Value {
        let query = format!("query($i: ID!) {{ {} }}", FILE.replacen("file", "file(id: $i)", 1));
        let mut interval = tokio::time::interval(Duration::from_millis(50));
        loop {
            let found = self.client.query(&query, json!({ "i": id })).await;
            if found["file"]["status"] == "READY" {
                return found["file"].clone();
            }
            interval.tick().await;
        }
    }
}

/// An HTTP client that follows redirects like a browser.
pub fn http_client() -> reqwest::Client {
    // A test that only starts processes has no server of its own that would do so.
    api::ground::tls::install_provider();
    reqwest::Client::builder().timeout(Duration::from_secs(60)).build().unwrap()
}

/// The bytes of a part.
pub fn part_bytes(part: &Value, bytes: &[u8]) -> Vec<u8> {
    let at = |name: &str| usize::try_from(part[name].as_u64().unwrap()).unwrap();
    bytes[at("offset")..at("offset") + at("size")].to_vec()
}

/// Puts a part by its request, without credentials, as a browser does.
pub async fn put_part(client: &Client, part: &Value, bytes: Vec<u8>) -> StatusCode {
    let mut request = http_client().put(absolute_url(client, &text(part, "/url")));
    for header in part["headers"].as_array().unwrap() {
        request = request.header(text(header, "/name"), text(header, "/value"));
    }
    request.body(bytes).send().await.unwrap().status()
}

/// Prepends the address of the server to a path. Leaves other URLs unchanged.
pub fn absolute_url(client: &Client, url: &str) -> String {
    if url.starts_with('/') { format!("{}{url}", client.url) } else { url.to_owned() }
}

/// Downloads a URL with extra headers and the client's token. Follows redirects.
pub async fn download(client: &Client, url: &str, headers: &[(&str, &str)]) -> reqwest::Response {
    let mut request = http_client().get(absolute_url(client, url));
    if let Some(token) = &client.token {
        request = request.bearer_auth(token);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

/// A PNG in one color, with a comment such as cameras write.
pub fn png(width: u32, height: u32, remark: &str) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 2, 0, 0, 0]);
    chunk(&mut bytes, b"IHDR", &header);
    chunk(&mut bytes, b"tEXt", &[b"Comment\0", remark.as_bytes()].concat());
    let row: Vec<u8> = std::iter::once(0).chain([200, 80, 40].into_iter().cycle().take(width as usize * 3)).collect();
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::best());
    for _ in 0..height {
        pixels.write_all(&row).unwrap();
    }
    chunk(&mut bytes, b"IDAT", &pixels.finish().unwrap());
    chunk(&mut bytes, b"IEND", &[]);
    bytes
}

fn chunk(bytes: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
    bytes.extend(kind);
    bytes.extend(data);
    let mut sum = flate2::Crc::new();
    sum.update(kind);
    sum.update(data);
    bytes.extend(sum.sum().to_be_bytes());
}

/// Pseudorandom bytes that match no known file type.
pub fn random_bytes(count: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    })
    .take(count)
    .collect()
}
