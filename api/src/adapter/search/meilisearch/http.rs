//! The HTTP transport of the Meilisearch SDK, based on the server's own HTTP client.

use futures_util::io::{AsyncRead, AsyncReadExt};
use meilisearch_sdk::errors::Error as SdkError;
use meilisearch_sdk::request::{HttpClient, Method, parse_response};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ground::error::{Error, Result};

/// Sends the SDK's requests.
#[derive(Debug, Clone)]
pub struct Http(reqwest::Client);

impl Http {
    /// Creates a client that authenticates every request with `key`.
    ///
    /// # Errors
    /// `UNAVAILABLE` if the key is not a valid header value.
    pub fn new(key: Option<&str>) -> Result<Self> {
        crate::ground::tls::install_provider();
        let mut headers = HeaderMap::new();
        if let Some(key) = key {
            let invalid_key = |_| Error::Unavailable("The Meilisearch key is not a valid HTTP header value.".into());
            let mut value = HeaderValue::from_str(&format!("Bearer {key}")).map_err(invalid_key)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let client = reqwest::Client::builder().default_headers(headers).build().map_err(Error::internal)?;
        Ok(Self(client))
    }

    async fn send<Output: DeserializeOwned>(
        &self,
        url: &str,
        method: Method<String, Option<Vec<u8>>>,
        content_type: &str,
        expected: u16,
    ) -> std::result::Result<Output, SdkError> {
        let verb = match &method {
            Method::Get { .. } => reqwest::Method::GET,
            Method::Post { .. } => reqwest::Method::POST,
            Method::Patch { .. } => reqwest::Method::PATCH,
            Method::Put { .. } => reqwest::Method::PUT,
            Method::Delete { .. } => reqwest::Method::DELETE,
        };
        let url = format!("{url}{}", method.query());
        let mut request = self.0.request(verb, &url);
        if let Some(body) = method.into_body().flatten() {
            request = request.header(CONTENT_TYPE, content_type).body(body);
        }
        let to_sdk_error = |error: reqwest::Error| SdkError::Other(Box::new(error.without_url()));
        let response = request.send().await.map_err(to_sdk_error)?;
        let status = response.status().as_u16();
        let body = response.text().await.map_err(to_sdk_error)?;
        parse_response(status, expected, if body.is_empty() { "null" } else { &body }, url)
    }
}

/// Serializes the query of a request; keeps its body.
fn serialize_query<Query: Serialize, Body>(
    method: Method<Query, Body>,
) -> std::result::Result<Method<String, Body>, SdkError> {
    let query = yaup::to_string(method.query())?;
    Ok(match method {
        Method::Get { .. } => Method::Get { query },
        Method::Delete { .. } => Method::Delete { query },
        Method::Post { body, .. } => Method::Post { query, body },
        Method::Patch { body, .. } => Method::Patch { query, body },
        Method::Put { body, .. } => Method::Put { query, body },
    })
}

#[async_trait::async_trait]
impl HttpClient for Http {
    async fn request<Query, Body, Output>(
        &self,
        url: &str,
        method: Method<Query, Body>,
        expected_status_code: u16,
    ) -> std::result::Result<Output, SdkError>
    where
        Query: Serialize + Send + Sync,
        Body: Serialize + Send + Sync,
        Output: DeserializeOwned + 'static + Send,
    {
        let method = serialize_query(method)?.map_body(|body| serde_json::to_vec(&body).ok());
        self.send(url, method, "application/json", expected_status_code).await
    }

    async fn stream_request<
        Query: Serialize + Send + Sync,
        Body: AsyncRead + Send + Sync + 'static,
        Output: DeserializeOwned + 'static,
    >(
        &self,
        url: &str,
        method: Method<Query, Body>,
        content_type: &str,
        expected_status_code: u16,
    ) -> std::result::Result<Output, SdkError> {
        let method = serialize_query(method)?;
        let query = method.query().clone();
        let (is_put, body) = (matches!(method, Method::Put { .. }), method.into_body());
        let mut bytes = Vec::new();
        if let Some(body) = body {
            let read = std::pin::pin!(body).read_to_end(&mut bytes).await;
            read.map_err(|error| SdkError::Other(Box::new(error)))?;
        }
        let body = Some(bytes);
        let method = if is_put { Method::Put { query, body } } else { Method::Post { query, body } };
        self.send(url, method, content_type, expected_status_code).await
    }

    fn is_tokio(&self) -> bool {
        true
    }
}
