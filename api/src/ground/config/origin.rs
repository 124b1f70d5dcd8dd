//! Origins (scheme, host and port) of web pages, and which of them may call the API from other sites.

use std::fmt;
use std::str::FromStr;

use http::Uri;

/// An entry of `CONFAB_ALLOWED_ORIGINS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedOrigin {
    /// `*`: every origin, without cookies.
    Any,
    /// `https://app.example.org`: this origin only.
    Exact(String),
    /// `https://*.example.org`: every subdomain at any depth, but not `example.org` itself.
    Subdomains {
        /// Includes `://`.
        scheme: String,
        /// Includes the leading dot, and the port unless it is the default of the scheme.
        suffix: String,
    },
}

impl AllowedOrigin {
    /// Whether the entry includes an origin in the form returned by [`normalize`].
    pub fn includes(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => exact == origin,
            Self::Subdomains { scheme, suffix } => origin
                .strip_prefix(scheme.as_str())
                .and_then(|host| host.strip_suffix(suffix.as_str()))
                .is_some_and(|labels| !labels.is_empty() && !labels.starts_with('.')),
        }
    }
}

impl FromStr for AllowedOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let invalid = || {
            format!(
                "{text:?} is not an origin: use https://app.example.org, https://*.example.org or *, without a path"
            )
        };
        let text = text.trim();
        if text == "*" {
            return Ok(Self::Any);
        }
        let (scheme, host) = text.split_once("://").ok_or_else(invalid)?;
        let wild = host.strip_prefix("*.");
        let rest = wild.unwrap_or(host).trim_end_matches('/');
        if rest.contains(['/', '?', '#', '@', '*']) {
            return Err(invalid());
        }
        let origin = normalize(&format!("{scheme}://{rest}")).ok_or_else(invalid)?;
        if wild.is_none() {
            return Ok(Self::Exact(origin));
        }
        // `https://*.org` would allow a whole top-level domain.
        let (scheme, host) = origin.split_once("://").filter(|(_, host)| host.contains('.')).ok_or_else(invalid)?;
        Ok(Self::Subdomains { scheme: format!("{scheme}://"), suffix: format!(".{host}") })
    }
}

impl fmt::Display for AllowedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Exact(origin) => f.write_str(origin),
            Self::Subdomains { scheme, suffix } => write!(f, "{scheme}*{suffix}"),
        }
    }
}

/// Returns the origin of a URL in normalized form: lower case, without the default port. `None` unless the URL
/// is http or https.
pub fn normalize(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let scheme = uri.scheme_str()?;
    let host = uri.host().filter(|host| !host.is_empty())?.to_ascii_lowercase();
    match (scheme, uri.port_u16()) {
        ("http", None | Some(80)) | ("https", None | Some(443)) => Some(format!("{scheme}://{host}")),
        ("http" | "https", Some(port)) => Some(format!("{scheme}://{host}:{port}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn includes_only_matching_origins() {
        let includes = |entry: &str, origin: &str| entry.parse::<AllowedOrigin>().unwrap().includes(origin);
        assert!(includes("*", "https://anything.example"));
        assert!(includes("http://localhost:5173", "http://localhost:5173"));
        assert!(includes("https://App.Example.org:443/", "https://app.example.org"));
        for other in
            ["http://localhost:5174", "https://localhost:5173", "http://localhost", "http://localhost:5173.evil"]
        {
            assert!(!includes("http://localhost:5173", other), "{other}");
        }
        let wild = "https://*.example.org";
        assert!(includes(wild, "https://a.example.org") && includes(wild, "https://a.b.example.org"));
        for other in [
            "https://example.org",
            "http://a.example.org",
            "https://evilexample.org",
            "https://.example.org",
            "https://a.example.org:8443",
            "https://a.example.org.evil.example",
        ] {
            assert!(!includes(wild, other), "{other}");
        }
        assert!(includes("https://*.example.org:8443", "https://a.example.org:8443"));
    }

    #[test]
    fn rejects_invalid_origins() {
        for invalid in [
            "",
            "null",
            "example.org",
            "https://",
            "https://*",
            "https://*.org",
            "https://*.*.example.org",
            "https://a.*.example.org",
            "https://a*.example.org",
            "https://user@example.org",
            "https://example.org/app",
            "https://example.org?x",
            "ftp://example.org",
            "file://",
        ] {
            assert!(invalid.parse::<AllowedOrigin>().is_err(), "{invalid}");
        }
    }
}
