//! The template language of scene texts.
//!
//! Placeholders have the form `%{…}`: `%{@a}` mentions a cast member, `%{@channel}` and `%{@here}` the channel; `%{a}`
//! is a cast member's short name; `%{service}` is a word from a list, the same throughout a scene (`%{service.2}` is
//! another one, `%{^service}` is capitalized); `%{one|two}` is one of several; `%{#3-90}` is a number. Syntax errors
//! are found when a text is parsed; unknown words are found when it is rendered.

use std::collections::BTreeMap;

/// A text with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(pub(crate) Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Text(String),
    Mention(char),
    ChannelMention(&'static str),
    NickName(char),
    Word { name: String, nth: usize, capital: bool },
    Number(u32, u32),
    OneOf(Vec<Template>),
}

/// Word lists by name.
pub type Words = BTreeMap<String, Vec<Template>>;

/// Parses word lists, one `name: one | two | three` per line; `#` starts a comment.
///
/// # Errors
/// Names the invalid line.
pub fn parse_words(source: &str) -> Result<Words, String> {
    let mut words = Words::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        let Some((name, list)) = line.split_once(':') else {
            if line.trim().is_empty() {
                continue;
            }
            return Err(format!("missing `name:` in {line:?}"));
        };
        let choices = split_choices(list).into_iter().map(|choice| Template::parse(choice.trim()));
        let choices = choices.collect::<Result<Vec<_>, _>>()?;
        words.entry(name.trim().to_owned()).or_default().extend(choices);
    }
    Ok(words)
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// Quotes the invalid part.
    pub fn parse(mut text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        while let Some(start) = text.find("%{") {
            if start > 0 {
                parts.push(Part::Text(text[..start].to_owned()));
            }
            let inside = &text[start + 2..];
            let end = closing_brace(inside).ok_or_else(|| format!("unclosed placeholder {:?}", &text[start..]))?;
            parts.push(Part::parse(&inside[..end])?);
            text = &inside[end + 1..];
        }
        if !text.is_empty() {
            parts.push(Part::Text(text.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The cast letters that the text refers to.
    pub fn cast(&self) -> Vec<char> {
        let of_part = |part: &Part| match part {
            Part::Mention(letter) | Part::NickName(letter) => vec![*letter],
            Part::OneOf(choices) => choices.iter().flat_map(Self::cast).collect(),
            _ => Vec::new(),
        };
        self.0.iter().flat_map(of_part).collect()
    }
}

impl Part {
    fn parse(inside: &str) -> Result<Self, String> {
        let choices = split_choices(inside);
        if choices.len() > 1 {
            let choices = choices.into_iter().map(Template::parse);
            return Ok(Self::OneOf(choices.collect::<Result<_, _>>()?));
        }
        match inside {
            "@channel" => return Ok(Self::ChannelMention("<!channel>")),
            "@here" => return Ok(Self::ChannelMention("<!here>")),
            _ => {}
        }
        if let Some(range) = inside.strip_prefix('#') {
            let bounds = range.split_once('-').and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
            return match bounds {
                Some((low, high)) if low <= high => Ok(Self::Number(low, high)),
                _ => Err(format!("invalid range {inside:?}")),
            };
        }
        if let Some(letter) = inside.strip_prefix('@') {
            return cast_letter(letter).map(Self::Mention).ok_or_else(|| format!("invalid cast letter {inside:?}"));
        }
        if let Some(letter) = cast_letter(inside) {
            return Ok(Self::NickName(letter));
        }
        let (capital, inside) = match inside.strip_prefix('^') {
            Some(word) => (true, word),
            None => (false, inside),
        };
        let (name, nth) = match inside.split_once('.') {
            Some((name, nth)) => (name, nth.parse().map_err(|_| format!("invalid number in {inside:?}"))?),
            None => (inside, 1),
        };
        let is_name_char = |c: char| c.is_ascii_lowercase() || c == '_';
        if name.is_empty() || !name.chars().all(is_name_char) || nth == 0 {
            return Err(format!("invalid word list name {inside:?}"));
        }
        Ok(Self::Word { name: name.to_owned(), nth, capital })
    }
}

fn cast_letter(text: &str) -> Option<char> {
    let mut letters = text.chars();
    let letter = letters.next().filter(char::is_ascii_lowercase)?;
    letters.next().is_none().then_some(letter)
}

/// The position of the brace that closes the one opened just before `text`.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '{' if before == '%' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
        before = c;
    }
    None
}

/// Splits at the bars outside of any `%{…}`.
fn split_choices(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start, mut before) = (Vec::new(), 0_usize, 0, ' ');
    for (at, c) in text.char_indices() {
        match c {
            '{' if before == '%' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        before = c;
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_invalid_placeholders() {
        for invalid in ["%{open", "%{#9-3}", "%{Not A Word}", "%{word.0}", "%{@everybody}"] {
            assert!(Template::parse(invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn lists_the_cast() {
        let template = Template::parse("%{@b} and %{c} or %{x %{d}|y}").unwrap();
        assert_eq!(template.cast(), ['b', 'c', 'd']);
    }
}
