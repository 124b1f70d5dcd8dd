//! Content negotiation by the `Accept` header.

use axum::http::{HeaderMap, header};

/// The media types of a single GraphQL response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaType {
    /// `application/graphql-response+json`: the HTTP status reflects the outcome of the request.
    GraphqlResponse,
    /// `application/json`: GraphQL errors have status 200.
    Json,
}

impl MediaType {
    pub fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// The media types that a client accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accept {
    /// The preferred type of a single response, if any is accepted.
    pub media: Option<MediaType>,
    /// Whether multipart responses are accepted.
    pub multipart: bool,
    /// Whether HTML is accepted, as by browsers.
    pub html: bool,
}

impl Accept {
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(header::ACCEPT).iter().peekable();
        if values.peek().is_none() {
            return Self::from_ranges([].into_iter());
        }
        let ranges = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        Self::from_ranges(ranges)
    }

    fn from_ranges<'a>(ranges: impl Iterator<Item = &'a str>) -> Self {
        let (mut best, mut any) = (None, false);
        let (mut multipart, mut html) = (false, false);
        for range in ranges {
            let mut parts = range.split(';').map(str::trim);
            let essence = parts.next().unwrap_or("").to_ascii_lowercase();
            if essence.is_empty() {
                continue;
            }
            any = true;
            let weight =
                parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
            if weight <= 0.0 {
                continue;
            }
            let media = match essence.as_str() {
                "application/graphql-response+json" => MediaType::GraphqlResponse,
                "application/json" | "application/*" | "*/*" => MediaType::Json,
                "multipart/mixed" => {
                    multipart = true;
                    continue;
                }
                "text/html" => {
                    html = true;
                    continue;
                }
                _ => continue,
            };
            // Prefers the GraphQL type at equal weight.
            let rank = (weight, media == MediaType::GraphqlResponse);
            if best.is_none_or(|(_, before)| rank > before) {
                best = Some((media, rank));
            }
        }
        let media = best.map(|(media, _)| media);
        Self { media: if any { media } else { Some(MediaType::Json) }, multipart, html }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selects_the_preferred_type() {
        let of = |text: &'static str| Accept::from_ranges(text.split(','));
        for (text, media) in [
            ("", Some(MediaType::Json)),
            ("*/*", Some(MediaType::Json)),
            ("application/json", Some(MediaType::Json)),
            ("application/json, application/graphql-response+json", Some(MediaType::GraphqlResponse)),
            ("application/graphql-response+json;q=0.5, application/json", Some(MediaType::Json)),
            ("application/graphql-response+json; charset=utf-8, */*;q=0.1", Some(MediaType::GraphqlResponse)),
            ("application/json;q=0", None),
            ("text/plain", None),
        ] {
            assert_eq!(of(text).media, media, "{text}");
        }
        let apollo = of("multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json;q=0.9");
        assert!(apollo.multipart && apollo.media == Some(MediaType::Json));
    }
}
