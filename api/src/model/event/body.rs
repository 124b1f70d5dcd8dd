//! The texts and personal data of an event, which an erasure blanks.

use serde::{Deserialize, Serialize};

use crate::model::file::description::Description;

/// The texts of an event. Which are present depends on the kind; an erased event has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Body {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Description>,
}

impl Body {
    /// Creates a body with a text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::default() }
    }

    /// Creates a body with one file.
    pub fn file(description: Description) -> Self {
        Self { files: vec![description], ..Self::default() }
    }

    /// The approximate memory of the texts, in bytes.
    pub(super) fn weight(&self) -> usize {
        let Self { text, name, handle, topic, email, user_agent, files } = self;
        let texts = [text, name, handle, topic, email, user_agent].into_iter().flatten();
        // A file description is mostly its name, thumbnail and waveform.
        texts.map(String::len).sum::<usize>() + files.len() * 1024
    }

    /// Whether the body is empty, as after an erasure.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
