//! The S3 bucket, and presigned requests to it.
//!
//! A presigned upload is bound to its key, length, type and, if known, content hash. A presigned download fixes how the
//! object is displayed.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{ClientOptions, RetryConfig};
use reqwest::Url;
use rusty_s3::actions::{GetObject, PutObject};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};

use crate::ground::config::{Encryption, S3Settings};
use crate::ground::error::{Error, Result};

/// Timeout to establish a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Timeout between two chunks of a response.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Time within which failed requests are retried before they are reported.
const RETRY_TIMEOUT: Duration = Duration::from_secs(5);

/// A presigned request. Clients must send it exactly as given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: &'static str,
    pub url: String,
    pub headers: BTreeMap<String, String>,
}

/// The bucket.
#[derive(Debug)]
pub struct S3 {
    /// Client for requests of this server.
    pub store: AmazonS3,
    own: Bucket,
    public: Bucket,
    encryption: Option<Encryption>,
}

/// Sender of a request. Servers and browsers may reach the bucket by different endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requester {
    Server,
    Browser,
}

impl S3 {
    /// Configures the bucket. Sends no request yet.
    ///
    /// # Errors
    /// `UNAVAILABLE` with a message that names the invalid setting.
    pub fn open(settings: &S3Settings) -> Result<Self> {
        let own = bucket(settings, settings.endpoint.as_deref())?;
        let public =
            settings.public_endpoint.as_deref().map(|endpoint| bucket(settings, Some(endpoint))).transpose()?;
        Ok(Self {
            store: store(settings, &own)?,
            public: public.unwrap_or_else(|| own.clone()),
            own,
            encryption: settings.encryption.clone(),
        })
    }

    /// Presigns the upload of an object of `size` bytes. The length is signed too, but not listed in the headers,
    /// because HTTP clients set it themselves.
    ///
    /// # Errors
    /// `UNAVAILABLE` if the machine provides no credentials.
    pub async fn put(
        &self,
        by: Requester,
        path: &Path,
        size: u64,
        sha256: Option<&[u8]>,
        lifetime: Duration,
    ) -> Result<Request> {
        let mut headers = BTreeMap::from([("content-type".to_owned(), "application/octet-stream".to_owned())]);
        if let Some(sha256) = sha256 {
            headers.insert("x-amz-checksum-sha256".to_owned(), STANDARD.encode(sha256));
        }
        match &self.encryption {
            None => {}
            Some(Encryption::Aes256) => drop(headers.insert(ENCRYPTION.to_owned(), "AES256".to_owned())),
            Some(Encryption::Kms(key)) => {
                headers.insert(ENCRYPTION.to_owned(), "aws:kms".to_owned());
                headers.insert(ENCRYPTION_KEY.to_owned(), key.clone());
            }
        }
        let credentials = self.credentials().await?;
        let mut put = PutObject::new(self.bucket(by), Some(&credentials), path.as_ref());
        put.headers_mut().insert("content-length", size.to_string());
        for (name, value) in &headers {
            put.headers_mut().insert(name.as_str(), value.as_str());
        }
        Ok(Request { method: "PUT", url: put.sign(lifetime).into(), headers })
    }

    /// Presigns a download for browsers, with the given media type and disposition.
    ///
    /// # Errors
    /// `UNAVAILABLE` if the machine provides no credentials.
    pub async fn get(&self, path: &Path, media_type: &str, disposition: &str, lifetime: Duration) -> Result<String> {
        let credentials = self.credentials().await?;
        let mut get = GetObject::new(self.bucket(Requester::Browser), Some(&credentials), path.as_ref());
        get.query_mut().insert("response-content-type", media_type);
        get.query_mut().insert("response-content-disposition", disposition);
        get.query_mut().insert("response-cache-control", "private, max-age=31536000, immutable");
        Ok(get.sign(lifetime).into())
    }

    fn bucket(&self, by: Requester) -> &Bucket {
        match by {
            Requester::Server => &self.own,
            Requester::Browser => &self.public,
        }
    }

    /// Returns the configured credentials, or those of the machine, which rotate.
    async fn credentials(&self) -> Result<Credentials> {
        let credential = self.store.credentials().get_credential().await.map_err(|error| {
            tracing::warn!(%error, "obtaining S3 credentials failed");
            Error::DependencyUnavailable("storage")
        })?;
        Ok(match &credential.token {
            Some(token) => Credentials::new_with_token(&credential.key_id, &credential.secret_key, token),
            None => Credentials::new(&credential.key_id, &credential.secret_key),
        })
    }
}

const ENCRYPTION: &str = "x-amz-server-side-encryption";
const ENCRYPTION_KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";

fn invalid_settings(reason: &dyn std::fmt::Display) -> Error {
    Error::Unavailable(format!("Invalid S3 settings: {reason}."))
}

/// Returns the bucket at an endpoint. Defaults to AWS.
fn bucket(settings: &S3Settings, endpoint: Option<&str>) -> Result<Bucket> {
    let aws = format!("https://s3.{}.amazonaws.com", settings.region);
    let endpoint: Url = endpoint.unwrap_or(&aws).parse().map_err(|error| invalid_settings(&error))?;
    let style = if settings.virtual_host { UrlStyle::VirtualHost } else { UrlStyle::Path };
    let name = settings.bucket.clone().unwrap_or_default();
    Bucket::new(endpoint, style, name, settings.region.clone()).map_err(|error| invalid_settings(&error))
}

fn store(settings: &S3Settings, bucket: &Bucket) -> Result<AmazonS3> {
    crate::ground::tls::install_provider();
    let secret = settings.secret().map_err(|error| invalid_settings(&error))?;
    let client = ClientOptions::new()
        .with_allow_http(true)
        .with_connect_timeout(CONNECT_TIMEOUT)
        .with_read_timeout(READ_TIMEOUT)
        .with_timeout_disabled();
    let retry = RetryConfig { max_retries: 3, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() };
    // The complete base URL: the library adds the bucket neither to the host of a custom endpoint nor to its path.
    let address = bucket.base_url().as_str().trim_end_matches('/');
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket.name())
        .with_region(bucket.region())
        .with_endpoint(address)
        .with_virtual_hosted_style_request(true)
        .with_client_options(client)
        .with_retry(retry);
    if let (Some(id), Some(secret)) = (&settings.access_key_id, secret) {
        builder = builder.with_access_key_id(id).with_secret_access_key(secret);
    }
    builder = match &settings.encryption {
        None => builder,
        Some(Encryption::Aes256) => {
            let key: AmazonS3ConfigKey =
                "aws_server_side_encryption".parse().map_err(|error| invalid_settings(&error))?;
            builder.with_config(key, "AES256")
        }
        Some(Encryption::Kms(key)) => builder.with_sse_kms_encryption(key),
    };
    builder.build().map_err(|error| invalid_settings(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> S3Settings {
        S3Settings {
            bucket: Some("media".into()),
            access_key_id: Some("id".into()),
            secret_access_key: Some("secret".into()),
            ..S3Settings::default()
        }
    }

    #[tokio::test]
    async fn uses_path_or_host_style_and_a_public_endpoint() {
        let amazon = settings();
        let virtual_host = S3Settings { virtual_host: true, ..settings() };
        let endpoint = Some("https://s3.example.org:9000/base".to_owned());
        let public_endpoint = Some("https://files.example.org".to_owned());
        let other = S3Settings { endpoint: endpoint.clone(), public_endpoint: public_endpoint.clone(), ..settings() };
        let both = S3Settings { virtual_host: true, endpoint, public_endpoint, ..settings() };
        for (settings, own, public) in [
            (amazon, "https://s3.us-east-1.amazonaws.com/media/a/b", "https://s3.us-east-1.amazonaws.com/media/a/b"),
            (
                virtual_host,
                "https://media.s3.us-east-1.amazonaws.com/a/b",
                "https://media.s3.us-east-1.amazonaws.com/a/b",
            ),
            (other, "https://s3.example.org:9000/base/media/a/b", "https://files.example.org/media/a/b"),
            (both, "https://media.s3.example.org:9000/base/a/b", "https://media.files.example.org/a/b"),
        ] {
            let s3 = S3::open(&settings).unwrap();
            for (by, address) in [(Requester::Server, own), (Requester::Browser, public)] {
                let request = s3.put(by, &"a/b".into(), 1, None, Duration::from_secs(1)).await.unwrap();
                assert_eq!(request.url.split_once('?').unwrap().0, address);
            }
        }
    }

    #[tokio::test]
    async fn signs_length_hash_and_encryption_of_uploads() {
        let settings = S3Settings { encryption: Some(Encryption::Kms("key".into())), ..settings() };
        let s3 = S3::open(&settings).unwrap();
        let request = s3.put(Requester::Browser, &"a".into(), 7, Some(&[0; 32]), Duration::from_secs(1)).await.unwrap();
        let bound = request.url.split_once("X-Amz-SignedHeaders=").unwrap().1.split('&').next().unwrap();
        let bound: Vec<&str> = bound.split("%3B").collect();
        let headers = ["content-type", "x-amz-checksum-sha256", ENCRYPTION, ENCRYPTION_KEY];
        let expected = ["content-length", "content-type", "host", "x-amz-checksum-sha256", ENCRYPTION, ENCRYPTION_KEY];
        assert_eq!(bound, expected);
        assert!(request.headers.keys().map(String::as_str).eq(headers));
    }

    #[test]
    fn rejects_invalid_endpoints() {
        let settings = S3Settings { endpoint: Some("ftp://example.org".into()), ..settings() };
        assert!(S3::open(&settings).unwrap_err().to_string().contains("S3"));
    }
}
