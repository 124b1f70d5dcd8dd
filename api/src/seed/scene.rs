//! Scenes: short conversations written as plain text, and the reading of them.
//!
//! The format is described for authors in `scenes/README.md`. It is pure, and it promises that a
//! scene which was read can be played: who speaks, what is answered and what is changed all exist.
//! It does not know who will play.

use super::template::Template;

/// The role of those who need not speak the language of the scene.
pub const ANYBODY: &str = "anybody";

/// One conversation.
#[derive(Debug)]
pub struct Scene {
    /// What it is called, for messages about it.
    pub title: String,
    /// The tags of the channels where it may be played.
    pub places: Vec<String>,
    /// How often in comparison with others; 10 is usual.
    pub weight: u32,
    /// The language that the cast must speak, but for those played by [`ANYBODY`].
    pub language: String,
    /// At most once in a run.
    pub once: bool,
    /// The letters that speak or are spoken of, each with the role it would best be played by.
    pub cast: Vec<(char, Option<String>)>,
    /// What happens.
    pub acts: Vec<Act>,
}

/// One line of a scene.
#[derive(Debug)]
pub struct Act {
    /// Happens in so many of a hundred performances.
    pub chance: u32,
    /// What is done.
    pub doing: Doing,
}

/// What is done. `Edit`, `Delete` and `React` concern the message before them.
#[derive(Debug)]
pub enum Doing {
    /// Somebody writes; with `reply` in the thread below the last message outside of threads.
    Say {
        /// Who.
        who: char,
        /// In the thread.
        reply: bool,
        /// What.
        text: Template,
    },
    /// The author corrects it.
    Edit(Template),
    /// The author takes it back.
    Delete,
    /// So many others react.
    React(Vec<(String, usize)>),
}

impl Scene {
    /// What this member of the cast must speak.
    pub fn language_of(&self, role: Option<&str>) -> &str {
        if role == Some(ANYBODY) { "en" } else { &self.language }
    }
}

/// Reads a file of scenes.
///
/// # Errors
/// A sentence that names the scene and the line.
pub fn parse(source: &str) -> Result<Vec<Scene>, String> {
    let mut scenes = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    let mut title: Option<&str> = None;
    for line in source.lines().chain(["== "]) {
        if let Some(next) = line.strip_prefix("== ") {
            if let Some(title) = title {
                let scene = parse_scene(title, &lines);
                scenes.push(scene.map_err(|why| format!("scene {title:?}: {why}"))?);
            }
            title = Some(next.trim());
            lines.clear();
        } else if title.is_some() {
            lines.push(line);
        } else if !line.trim().is_empty() && !line.starts_with('#') {
            return Err(format!("before the first scene: {line:?}"));
        }
    }
    Ok(scenes)
}

fn parse_scene(title: &str, lines: &[&str]) -> Result<Scene, String> {
    let mut scene = Scene {
        title: title.to_owned(),
        places: Vec::new(),
        weight: 10,
        language: "en".into(),
        once: false,
        cast: Vec::new(),
        acts: Vec::new(),
    };
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        at += 1;
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if scene.acts.is_empty() && header(&mut scene, line)? {
            continue;
        }
        let mut text = line.to_owned();
        while let Some(more) = lines.get(at).and_then(|next| next.strip_prefix('|')) {
            text.push('\n');
            text.push_str(more.strip_prefix(' ').unwrap_or(more));
            at += 1;
        }
        scene.acts.push(act(&text)?);
    }
    complete(&mut scene)?;
    Ok(scene)
}

/// Reads a line of the head; answers false for a line that is none.
fn header(scene: &mut Scene, line: &str) -> Result<bool, String> {
    let Some((key, value)) = line.split_once(':') else {
        return Ok(false);
    };
    let value = value.trim();
    match key {
        "where" => scene.places = value.split_whitespace().map(str::to_owned).collect(),
        "weight" => scene.weight = value.parse().map_err(|_| format!("weight {value:?}"))?,
        "lang" => value.clone_into(&mut scene.language),
        "once" => scene.once = value == "yes",
        "cast" => {
            for entry in value.split_whitespace() {
                let (letter, role) = match entry.split_once('=') {
                    Some((letter, role)) => (letter, Some(role.to_owned())),
                    None => (entry, None),
                };
                scene.cast.push((speaker(letter)?, role));
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn act(line: &str) -> Result<Act, String> {
    let (chance, line) = match line.strip_prefix('?') {
        None => (100, line),
        Some(rest) => {
            let (chance, line) = rest.split_once(' ').ok_or(format!("{line:?}"))?;
            (chance.parse().map_err(|_| format!("{line:?}"))?, line)
        }
    };
    let doing = if line.trim() == "x" {
        Doing::Delete
    } else if let Some(text) = line.strip_prefix("~ ") {
        Doing::Edit(Template::parse(text)?)
    } else if let Some(emoji) = line.strip_prefix("+ ") {
        Doing::React(emoji.split_whitespace().map(reaction).collect())
    } else {
        let end = line.find([':', '>']).ok_or(format!("{line:?}"))?;
        Doing::Say {
            who: speaker(&line[..end])?,
            reply: line[end..].starts_with('>'),
            text: Template::parse(line[end + 1..].trim_start_matches(' '))?,
        }
    };
    Ok(Act { chance, doing })
}

/// `🎉*3` is three people with a party popper.
fn reaction(token: &str) -> (String, usize) {
    match token.split_once('*') {
        Some((emoji, count)) => (emoji.to_owned(), count.parse().unwrap_or(1)),
        None => (token.to_owned(), 1),
    }
}

fn speaker(text: &str) -> Result<char, String> {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter.is_ascii_lowercase() => Ok(letter),
        _ => Err(format!("{text:?} is not one small letter")),
    }
}

/// Checks what a performance relies on, and adds to the cast whoever was not listed.
fn complete(scene: &mut Scene) -> Result<(), String> {
    let mut letters = Vec::new();
    let mut begun = false;
    for act in &scene.acts {
        match &act.doing {
            Doing::Say { who, reply, text } => {
                if *reply && !begun {
                    return Err("a reply without a message before it".into());
                }
                begun = true;
                letters.push(*who);
                letters.extend(text.cast());
            }
            Doing::Edit(text) => letters.extend(text.cast()),
            Doing::Delete | Doing::React(_) => {}
        }
        if !begun {
            return Err("it must begin with a message".into());
        }
    }
    if !begun || scene.acts.first().is_some_and(|act| act.chance < 100) {
        return Err("it must begin with a message that is always there".into());
    }
    if scene.places.is_empty() || scene.weight == 0 {
        return Err("it has no place or no weight".into());
    }
    for letter in letters {
        if !scene.cast.iter().any(|(known, _)| *known == letter) {
            scene.cast.push((letter, None));
        }
    }
    // Those who must speak the language choose their players first.
    scene.cast.sort_by_key(|(_, role)| role.as_deref() == Some(ANYBODY));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scene_is_read() {
        let source = "# head\n\n== One\nwhere: lunch random\nweight: 3\nlang: de\ncast: b=cook\n\
            a: Hi %{@c}\n| - a list\n|\n|   more\n+ 🎉*3 👍\n?40 b> late: yes\n~ late: no\nx\n== Two\nwhere: x\na: y\n";
        let scenes = parse(source).unwrap();
        let one = &scenes[0];
        assert_eq!((one.title.as_str(), one.weight, one.language.as_str()), ("One", 3, "de"));
        assert_eq!(one.places, ["lunch", "random"]);
        assert_eq!(one.cast, [('b', Some("cook".into())), ('a', None), ('c', None)]);
        assert_eq!((one.acts.len(), scenes.len()), (5, 2));
        assert_eq!((one.language_of(None), one.language_of(Some(ANYBODY))), ("de", "en"));
        let Doing::Say { text, .. } = &one.acts[0].doing else { panic!("no message") };
        assert_eq!(*text, Template::parse("Hi %{@c}\n- a list\n\n  more").unwrap());
        let Doing::React(emoji) = &one.acts[1].doing else { panic!("no reaction") };
        assert_eq!(*emoji, [("🎉".to_owned(), 3), ("👍".to_owned(), 1)]);
        assert_eq!(one.acts[2].chance, 40);
    }

    #[test]
    fn what_could_not_be_played_is_refused() {
        for wrong in [
            "a: nobody asked",
            "== S\nwhere: x\nb> first",
            "== S\nwhere: x\n+ 👍\na: late",
            "== S\na: nowhere",
            "== S\nwhere: x\n?50 a: perhaps",
            "== S\nwhere: x\nAda: a name",
            "== S\nwhere: x\na: %{broken",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
