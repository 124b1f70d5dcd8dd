//! The small language in which the texts of scenes are written.
//!
//! Everything special stands in `%{…}`: `%{@a}` mentions a member of the cast, `%{@channel}` and
//! `%{@here}` the channel, `%{a}` is what colleagues call them, `%{service}` a word from the word
//! lists (the same all through one scene; `%{service.2}` is another one, `%{^service}` begins with a
//! capital), `%{one|two}` one of several, `%{#3-90}` a number. It promises that a mistake is found when
//! a text is read; it does not know what the words are, see `fill`.

use std::collections::BTreeMap;

/// A text with places to fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(pub(super) Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Person(char),
    Everybody(&'static str),
    Name(char),
    Word { name: String, nth: usize, capital: bool },
    Number(u32, u32),
    OneOf(Vec<Template>),
}

/// The word lists: a name and the texts to choose from.
pub type Words = BTreeMap<String, Vec<Template>>;

/// Reads word lists: `name: one | two | three` per line; `#` begins a comment.
///
/// # Errors
/// A sentence that names the line.
pub fn parse_words(source: &str) -> Result<Words, String> {
    let mut words = Words::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        let Some((name, list)) = line.split_once(':') else {
            if line.trim().is_empty() {
                continue;
            }
            return Err(format!("no `name:` in {line:?}"));
        };
        let choices =
            split_top(list).into_iter().map(|choice| Template::parse(choice.trim())).collect::<Result<Vec<_>, _>>()?;
        words.entry(name.trim().to_owned()).or_default().extend(choices);
    }
    Ok(words)
}

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// A sentence that shows what could not be read.
    pub fn parse(mut text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        while let Some(start) = text.find("%{") {
            if start > 0 {
                parts.push(Part::Text(text[..start].to_owned()));
            }
            let inside = &text[start + 2..];
            let end = closing(inside).ok_or_else(|| format!("no end of {:?}", &text[start..]))?;
            parts.push(Part::parse(&inside[..end])?);
            text = &inside[end + 1..];
        }
        if !text.is_empty() {
            parts.push(Part::Text(text.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The members of the cast that the text speaks of.
    pub fn cast(&self) -> Vec<char> {
        let of_part = |part: &Part| match part {
            Part::Person(who) | Part::Name(who) => vec![*who],
            Part::OneOf(choices) => choices.iter().flat_map(Self::cast).collect(),
            _ => Vec::new(),
        };
        self.0.iter().flat_map(of_part).collect()
    }
}

impl Part {
    fn parse(inside: &str) -> Result<Self, String> {
        let choices = split_top(inside);
        if choices.len() > 1 {
            let choices = choices.into_iter().map(Template::parse);
            return Ok(Self::OneOf(choices.collect::<Result<_, _>>()?));
        }
        match inside {
            "@channel" => return Ok(Self::Everybody("<!channel>")),
            "@here" => return Ok(Self::Everybody("<!here>")),
            _ => {}
        }
        if let Some(range) = inside.strip_prefix('#') {
            let bounds = range.split_once('-').and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
            return match bounds {
                Some((low, high)) if low <= high => Ok(Self::Number(low, high)),
                _ => Err(format!("no range: {inside:?}")),
            };
        }
        if let Some(who) = inside.strip_prefix('@') {
            return one_letter(who).map(Self::Person).ok_or_else(|| format!("nobody: {inside:?}"));
        }
        if let Some(who) = one_letter(inside) {
            return Ok(Self::Name(who));
        }
        let (capital, inside) = match inside.strip_prefix('^') {
            Some(word) => (true, word),
            None => (false, inside),
        };
        let (name, nth) = match inside.split_once('.') {
            Some((name, nth)) => (name, nth.parse().map_err(|_| format!("{inside:?}"))?),
            None => (inside, 1),
        };
        let plain = |c: char| c.is_ascii_lowercase() || c == '_';
        if name.is_empty() || !name.chars().all(plain) || nth == 0 {
            return Err(format!("no word list can be called {inside:?}"));
        }
        Ok(Self::Word { name: name.to_owned(), nth, capital })
    }
}

fn one_letter(text: &str) -> Option<char> {
    let mut letters = text.chars();
    let letter = letters.next().filter(char::is_ascii_lowercase)?;
    letters.next().is_none().then_some(letter)
}

/// Where the brace that was opened just before this text is closed.
fn closing(text: &str) -> Option<usize> {
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

/// Splits at the bars that stand outside of any `%{…}`.
fn split_top(text: &str) -> Vec<&str> {
    let (mut pieces, mut depth, mut start, mut before) = (Vec::new(), 0_usize, 0, ' ');
    for (at, c) in text.char_indices() {
        match c {
            '{' if before == '%' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => {
                pieces.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        before = c;
    }
    pieces.push(&text[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named() {
        for wrong in ["%{open", "%{#9-3}", "%{Not A Word}", "%{word.0}", "%{@everybody}"] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn who_is_spoken_of_is_known() {
        let template = Template::parse("%{@b} and %{c} or %{x %{d}|y}").unwrap();
        assert_eq!(template.cast(), ['b', 'c', 'd']);
    }
}
