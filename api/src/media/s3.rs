//! The bucket that the settings name, and the links that it serves itself.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::signer::{HeaderName, HeaderValue, Method, SignedUrlOptions, Signer};
use object_store::{ClientOptions, RetryConfig};

use crate::config::{Encryption, S3Settings};
use crate::error::{Error, Result};

/// Until a connection must be made, and between two pieces of an answer.
const CONNECT: Duration = Duration::from_secs(3);
const READ: Duration = Duration::from_secs(10);
/// What is tried again within this time is not told to anybody.
const RETRY: Duration = Duration::from_secs(5);

/// A request that a client makes by itself. It must be made exactly so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: &'static str,
    pub url: String,
    pub headers: BTreeMap<String, String>,
}

/// Opens the bucket; nothing is asked of it yet.
///
/// # Errors
/// `UNAVAILABLE` with what is wrong with the settings.
pub fn open(settings: &S3Settings, endpoint: Option<&str>) -> Result<AmazonS3> {
    crate::tls::choose();
    let wrong = |error: &dyn std::fmt::Display| Error::Unavailable(format!("The settings of S3: {error}."));
    let secret = settings.secret().map_err(|error| wrong(&error))?;
    let client = ClientOptions::new()
        .with_allow_http(true)
        .with_connect_timeout(CONNECT)
        .with_read_timeout(READ)
        .with_timeout_disabled();
    let retry = RetryConfig { max_retries: 3, retry_timeout: RETRY, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(settings.bucket.clone().unwrap_or_default())
        .with_region(&settings.region)
        .with_virtual_hosted_style_request(settings.virtual_host)
        .with_client_options(client)
        .with_retry(retry);
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    if let (Some(id), Some(secret)) = (&settings.access_key_id, secret) {
        builder = builder.with_access_key_id(id).with_secret_access_key(secret);
    }
    builder = match &settings.encryption {
        None => builder,
        Some(Encryption::Aes256) => {
            let key: AmazonS3ConfigKey = "aws_server_side_encryption".parse().map_err(|error| wrong(&error))?;
            builder.with_config(key, "AES256")
        }
        Some(Encryption::Kms(key)) => builder.with_sse_kms_encryption(key),
    };
    builder.build().map_err(|error| wrong(&error))
}

/// A link by which a client puts an object: where it is known, exactly this content. The length alone cannot be
/// bound by the library that signs; it is looked at before anything is done with what was put.
///
/// # Errors
/// When it cannot be signed.
pub async fn put(bucket: &AmazonS3, path: &Path, sha256: Option<&[u8]>, lifetime: Duration) -> Result<Request> {
    let mut headers = BTreeMap::from([("content-type".to_owned(), "application/octet-stream".to_owned())]);
    if let Some(sha256) = sha256 {
        headers.insert("x-amz-checksum-sha256".to_owned(), STANDARD.encode(sha256));
    }
    let mut options = SignedUrlOptions::new();
    for (name, value) in &headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(Error::internal)?;
        options = options.with_signed_header(name, HeaderValue::from_str(value).map_err(Error::internal)?);
    }
    let url = bucket.signed_url_opts(Method::PUT, path, lifetime, &options).await.map_err(Error::internal)?;
    Ok(Request { method: "PUT", url: url.to_string(), headers })
}

/// A link by which somebody gets an object, as a file of this type with this disposition.
///
/// # Errors
/// When it cannot be signed.
pub async fn get(
    bucket: &AmazonS3,
    path: &Path,
    media_type: &str,
    disposition: &str,
    lifetime: Duration,
) -> Result<String> {
    let options = SignedUrlOptions::new().with_query([
        ("response-content-type", media_type),
        ("response-content-disposition", disposition),
        ("response-cache-control", "private, max-age=31536000, immutable"),
    ]);
    let url = bucket.signed_url_opts(Method::GET, path, lifetime, &options).await.map_err(Error::internal)?;
    Ok(url.to_string())
}
