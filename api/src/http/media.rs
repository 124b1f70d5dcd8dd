//! Which kind of answer a client takes, by its `Accept` header.

use axum::http::{HeaderMap, header};

/// The two ways to write a single GraphQL response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    /// `application/graphql-response+json`: the HTTP status speaks about the request.
    GraphqlResponse,
    /// `application/json`: whatever GraphQL itself says comes with 200.
    Json,
}

impl Media {
    pub fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// What a client takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accepts {
    /// The best way to write a single response, if it takes any.
    pub media: Option<Media>,
    /// Whether it takes a stream of parts.
    pub multipart: bool,
    /// Whether it is a browser that shows pages.
    pub html: bool,
}

impl Accepts {
    pub fn of(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(header::ACCEPT).iter().peekable();
        if values.peek().is_none() {
            return Self::of_ranges([].into_iter());
        }
        let ranges = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        Self::of_ranges(ranges)
    }

    fn of_ranges<'a>(ranges: impl Iterator<Item = &'a str>) -> Self {
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
                "application/graphql-response+json" => Media::GraphqlResponse,
                "application/json" | "application/*" | "*/*" => Media::Json,
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
            // At the same weight the type that says more about GraphQL goes first.
            let rank = (weight, media == Media::GraphqlResponse);
            if best.is_none_or(|(_, before)| rank > before) {
                best = Some((media, rank));
            }
        }
        let media = best.map(|(media, _)| media);
        Self { media: if any { media } else { Some(Media::Json) }, multipart, html }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_taken_kind_is_chosen() {
        let of = |text: &'static str| Accepts::of_ranges(text.split(','));
        for (text, media) in [
            ("", Some(Media::Json)),
            ("*/*", Some(Media::Json)),
            ("application/json", Some(Media::Json)),
            ("application/json, application/graphql-response+json", Some(Media::GraphqlResponse)),
            ("application/graphql-response+json;q=0.5, application/json", Some(Media::Json)),
            ("application/graphql-response+json; charset=utf-8, */*;q=0.1", Some(Media::GraphqlResponse)),
            ("application/json;q=0", None),
            ("text/plain", None),
        ] {
            assert_eq!(of(text).media, media, "{text}");
        }
        let apollo = of("multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json;q=0.9");
        assert!(apollo.multipart && apollo.media == Some(Media::Json));
    }
}
