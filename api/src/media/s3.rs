//! The bucket that the settings name, and the requests that others make of it by themselves.
//!
//! Promises: a request to put an object is good for this key, this length, this type and, where it is known, this
//! content, and for nothing else; one to get an object says how it is shown. It knows keys and signatures.

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

/// The bucket.
#[derive(Debug)]
pub struct S3 {
    /// What this server does with it goes through here.
    pub store: AmazonS3,
    own: Bucket,
    public: Bucket,
    encryption: Option<Encryption>,
}

/// Who makes a request: servers and browsers may reach the bucket by different addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Server,
    Browser,
}

impl S3 {
    /// Opens it; nothing is asked of it yet.
    ///
    /// # Errors
    /// `UNAVAILABLE` with what is wrong with the settings.
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

    /// How an object of `size` bytes is put. The length is bound too, but is no header to be given: whatever sends
    /// a body says its length by itself.
    ///
    /// # Errors
    /// `UNAVAILABLE` when the machine does not say who it is.
    pub async fn put(
        &self,
        by: By,
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

    /// A link by which a browser gets an object, as a file of this type with this disposition.
    ///
    /// # Errors
    /// `UNAVAILABLE` when the machine does not say who it is.
    pub async fn get(&self, path: &Path, media_type: &str, disposition: &str, lifetime: Duration) -> Result<String> {
        let credentials = self.credentials().await?;
        let mut get = GetObject::new(self.bucket(By::Browser), Some(&credentials), path.as_ref());
        get.query_mut().insert("response-content-type", media_type);
        get.query_mut().insert("response-content-disposition", disposition);
        get.query_mut().insert("response-cache-control", "private, max-age=31536000, immutable");
        Ok(get.sign(lifetime).into())
    }

    fn bucket(&self, by: By) -> &Bucket {
        match by {
            By::Server => &self.own,
            By::Browser => &self.public,
        }
    }

    /// Those of the settings, or of the machine; these change from time to time.
    async fn credentials(&self) -> Result<Credentials> {
        let known = self.store.credentials().get_credential().await.map_err(|error| {
            tracing::warn!(%error, "the credentials of S3");
            Error::Away("storage")
        })?;
        Ok(match &known.token {
            Some(token) => Credentials::new_with_token(&known.key_id, &known.secret_key, token),
            None => Credentials::new(&known.key_id, &known.secret_key),
        })
    }
}

const ENCRYPTION: &str = "x-amz-server-side-encryption";
const ENCRYPTION_KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";

fn wrong(why: &dyn std::fmt::Display) -> Error {
    Error::Unavailable(format!("The settings of S3: {why}."))
}

/// The bucket at an address; that of AWS if there is none.
fn bucket(settings: &S3Settings, endpoint: Option<&str>) -> Result<Bucket> {
    let aws = format!("https://s3.{}.amazonaws.com", settings.region);
    let endpoint: Url = endpoint.unwrap_or(&aws).parse().map_err(|error| wrong(&error))?;
    let style = if settings.virtual_host { UrlStyle::VirtualHost } else { UrlStyle::Path };
    let name = settings.bucket.clone().unwrap_or_default();
    Bucket::new(endpoint, style, name, settings.region.clone()).map_err(|error| wrong(&error))
}

fn store(settings: &S3Settings, bucket: &Bucket) -> Result<AmazonS3> {
    crate::tls::choose();
    let secret = settings.secret().map_err(|error| wrong(&error))?;
    let client = ClientOptions::new()
        .with_allow_http(true)
        .with_connect_timeout(CONNECT)
        .with_read_timeout(READ)
        .with_timeout_disabled();
    let retry = RetryConfig { max_retries: 3, retry_timeout: RETRY, ..RetryConfig::default() };
    // Given as it is used: this library puts the bucket neither into the host of an endpoint nor into its path.
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
            let key: AmazonS3ConfigKey = "aws_server_side_encryption".parse().map_err(|error| wrong(&error))?;
            builder.with_config(key, "AES256")
        }
        Some(Encryption::Kms(key)) => builder.with_sse_kms_encryption(key),
    };
    builder.build().map_err(|error| wrong(&error))
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
    async fn the_bucket_is_in_the_path_or_in_the_host_and_browsers_may_have_another_address() {
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
            for (by, address) in [(By::Server, own), (By::Browser, public)] {
                let request = s3.put(by, &"a/b".into(), 1, None, Duration::from_secs(1)).await.unwrap();
                assert_eq!(request.url.split_once('?').unwrap().0, address);
            }
        }
    }

    #[tokio::test]
    async fn what_a_client_puts_is_bound_and_encrypted() {
        let settings = S3Settings { encryption: Some(Encryption::Kms("key".into())), ..settings() };
        let s3 = S3::open(&settings).unwrap();
        let request = s3.put(By::Browser, &"a".into(), 7, Some(&[0; 32]), Duration::from_secs(1)).await.unwrap();
        let bound = request.url.split_once("X-Amz-SignedHeaders=").unwrap().1.split('&').next().unwrap();
        let bound: Vec<&str> = bound.split("%3B").collect();
        let headers = ["content-type", "x-amz-checksum-sha256", ENCRYPTION, ENCRYPTION_KEY];
        let wanted = ["content-length", "content-type", "host", "x-amz-checksum-sha256", ENCRYPTION, ENCRYPTION_KEY];
        assert_eq!(bound, wanted);
        assert!(request.headers.keys().map(String::as_str).eq(headers));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let settings = S3Settings { endpoint: Some("ftp://example.org".into()), ..settings() };
        assert!(S3::open(&settings).unwrap_err().to_string().contains("S3"));
    }
}
