//! Scenes: short conversations in a plain text format, and its parser.
//!
//! The format is documented in `scenes/README.md`. A scene that parses can be instantiated: every speaker, reply and
//! reference exists.

use crate::template::Template;

/// The role of cast members who need not speak the language of the scene.
pub const ANY_LANGUAGE_ROLE: &str = "anybody";

/// A parsed scene.
#[derive(Debug)]
pub struct Scene {
    /// The title, used in error messages.
    pub title: String,
    /// The tags of the channels that the scene fits.
    pub tags: Vec<String>,
    /// Relative frequency. Defaults to 10.
    pub weight: u32,
    /// The language the cast must speak, except for roles of [`ANY_LANGUAGE_ROLE`].
    pub language: String,
    /// Whether the scene occurs at most once per run.
    pub once: bool,
    /// The cast letters, each with the preferred role.
    pub cast: Vec<(char, Option<String>)>,
    /// The lines.
    pub lines: Vec<SceneLine>,
}

/// A line of a scene.
#[derive(Debug)]
pub struct SceneLine {
    /// The probability that it occurs, in percent.
    pub chance: u32,
    /// What happens.
    pub action: SceneAction,
}

/// What happens. `Edit`, `Delete` and `React` refer to the preceding message.
#[derive(Debug)]
pub enum SceneAction {
    /// A message; with `reply`, in the thread of the last message outside of threads.
    Message {
        /// The cast letter of the author.
        who: char,
        /// Whether it is a reply.
        reply: bool,
        /// The text.
        text: Template,
    },
    /// The author edits the message.
    Edit(Template),
    /// The author deletes the message.
    Delete,
    /// Other members react: emoji and number of members.
    React(Vec<(String, usize)>),
}

impl Scene {
    /// The language required of this role.
    pub fn language_of(&self, role: Option<&str>) -> &str {
        if role == Some(ANY_LANGUAGE_ROLE) { "en" } else { &self.language }
    }
}

/// Parses a file of scenes.
///
/// # Errors
/// Describes the error, with scene and line.
pub fn parse(source: &str) -> Result<Vec<Scene>, String> {
    let mut scenes = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    let mut title: Option<&str> = None;
    for line in source.lines().chain(["== "]) {
        if let Some(next) = line.strip_prefix("== ") {
            if let Some(title) = title {
                let scene = parse_scene(title, &lines);
                scenes.push(scene.map_err(|error| format!("scene {title:?}: {error}"))?);
            }
            title = Some(next.trim());
            lines.clear();
        } else if title.is_some() {
            lines.push(line);
        } else if !line.trim().is_empty() && !line.starts_with('#') {
            return Err(format!("unexpected line before the first scene: {line:?}"));
        }
    }
    Ok(scenes)
}

fn parse_scene(title: &str, lines: &[&str]) -> Result<Scene, String> {
    let mut scene = Scene {
        title: title.to_owned(),
        tags: Vec::new(),
        weight: 10,
        language: "en".into(),
        once: false,
        cast: Vec::new(),
        lines: Vec::new(),
    };
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        at += 1;
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if scene.lines.is_empty() && parse_header(&mut scene, line)? {
            continue;
        }
        let mut text = line.to_owned();
        while let Some(more) = lines.get(at).and_then(|next| next.strip_prefix('|')) {
            text.push('\n');
            text.push_str(more.strip_prefix(' ').unwrap_or(more));
            at += 1;
        }
        scene.lines.push(parse_line(&text)?);
    }
    validate(&mut scene)?;
    Ok(scene)
}

/// Parses a header line; false if it is not one.
fn parse_header(scene: &mut Scene, line: &str) -> Result<bool, String> {
    let Some((key, value)) = line.split_once(':') else {
        return Ok(false);
    };
    let value = value.trim();
    match key {
        "where" => scene.tags = value.split_whitespace().map(str::to_owned).collect(),
        "weight" => scene.weight = value.parse().map_err(|_| format!("invalid weight {value:?}"))?,
        "lang" => value.clone_into(&mut scene.language),
        "once" => scene.once = value == "yes",
        "cast" => {
            for entry in value.split_whitespace() {
                let (letter, role) = match entry.split_once('=') {
                    Some((letter, role)) => (letter, Some(role.to_owned())),
                    None => (entry, None),
                };
                scene.cast.push((parse_letter(letter)?, role));
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn parse_line(line: &str) -> Result<SceneLine, String> {
    let (chance, line) = match line.strip_prefix('?') {
        None => (100, line),
        Some(rest) => {
            let (chance, line) = rest.split_once(' ').ok_or(format!("{line:?}"))?;
            (chance.parse().map_err(|_| format!("{line:?}"))?, line)
        }
    };
    let action = if line.trim() == "x" {
        SceneAction::Delete
    } else if let Some(text) = line.strip_prefix("~ ") {
        SceneAction::Edit(Template::parse(text)?)
    } else if let Some(emoji) = line.strip_prefix("+ ") {
        SceneAction::React(emoji.split_whitespace().map(parse_reaction).collect())
    } else {
        let end = line.find([':', '>']).ok_or(format!("{line:?}"))?;
        SceneAction::Message {
            who: parse_letter(&line[..end])?,
            reply: line[end..].starts_with('>'),
            text: Template::parse(line[end + 1..].trim_start_matches(' '))?,
        }
    };
    Ok(SceneLine { chance, action })
}

/// Parses a reaction: `🎉*3` means three members.
fn parse_reaction(token: &str) -> (String, usize) {
    match token.split_once('*') {
        Some((emoji, count)) => (emoji.to_owned(), count.parse().unwrap_or(1)),
        None => (token.to_owned(), 1),
    }
}

fn parse_letter(text: &str) -> Result<char, String> {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter.is_ascii_lowercase() => Ok(letter),
        _ => Err(format!("{text:?} is not a single lower-case letter")),
    }
}

/// Validates the scene, and adds unlisted letters to the cast.
fn validate(scene: &mut Scene) -> Result<(), String> {
    let mut letters = Vec::new();
    let mut has_message = false;
    for line in &scene.lines {
        match &line.action {
            SceneAction::Message { who, reply, text } => {
                if *reply && !has_message {
                    return Err("reply without a preceding message".into());
                }
                has_message = true;
                letters.push(*who);
                letters.extend(text.cast());
            }
            SceneAction::Edit(text) => letters.extend(text.cast()),
            SceneAction::Delete | SceneAction::React(_) => {}
        }
        if !has_message {
            return Err("the first line must be a message".into());
        }
    }
    if !has_message || scene.lines.first().is_some_and(|line| line.chance < 100) {
        return Err("the first line must be an unconditional message".into());
    }
    if scene.tags.is_empty() || scene.weight == 0 {
        return Err("`where` or `weight` is missing or zero".into());
    }
    for letter in letters {
        if !scene.cast.iter().any(|(candidate, _)| *candidate == letter) {
            scene.cast.push((letter, None));
        }
    }
    // Roles that require the language are cast first.
    scene.cast.sort_by_key(|(_, role)| role.as_deref() == Some(ANY_LANGUAGE_ROLE));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_a_scene() {
        let source = "# head\n\n== One\nwhere: lunch random\nweight: 3\nlang: de\ncast: b=cook\n\
            a: Hi %{@c}\n| - a list\n|\n|   more\n+ 🎉*3 👍\n?40 b> late: yes\n~ late: no\nx\n== Two\nwhere: x\na: y\n";
        let scenes = parse(source).unwrap();
        let one = &scenes[0];
        assert_eq!((one.title.as_str(), one.weight, one.language.as_str()), ("One", 3, "de"));
        assert_eq!(one.tags, ["lunch", "random"]);
        assert_eq!(one.cast, [('b', Some("cook".into())), ('a', None), ('c', None)]);
        assert_eq!((one.lines.len(), scenes.len()), (5, 2));
        assert_eq!((one.language_of(None), one.language_of(Some(ANY_LANGUAGE_ROLE))), ("de", "en"));
        let SceneAction::Message { text, .. } = &one.lines[0].action else { panic!("expected a message") };
        assert_eq!(*text, Template::parse("Hi %{@c}\n- a list\n\n  more").unwrap());
        let SceneAction::React(emoji) = &one.lines[1].action else { panic!("expected a reaction") };
        assert_eq!(*emoji, [("🎉".to_owned(), 3), ("👍".to_owned(), 1)]);
        assert_eq!(one.lines[2].chance, 40);
    }

    #[test]
    fn rejects_invalid_scenes() {
        for invalid in [
            "a: nobody asked",
            "== S\nwhere: x\nb> first",
            "== S\nwhere: x\n+ 👍\na: late",
            "== S\na: nowhere",
            "== S\nwhere: x\n?50 a: perhaps",
            "== S\nwhere: x\nAda: a name",
            "== S\nwhere: x\na: %{broken",
        ] {
            assert!(parse(invalid).is_err(), "{invalid}");
        }
    }
}
