//! Selections: the fields that a subscription requests of each item, in a canonical form, and the check that items
//! provide them.
//!
//! The canonical form omits the arguments of `events` and everything that does not affect the result (white space,
//! fragment order, unused variables), so that clients of one kind share one subscription group. It may be as long as
//! the document, so only its digest is kept.

use std::collections::BTreeSet;
use std::fmt::Write;

use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, OperationType, Selection as Node, SelectionSet,
};
use async_graphql::{Name, Positioned, Value, Variables};
use sha2::{Digest, Sha256};
use strum::EnumString;

use crate::ground::error::{Error, Result};

/// The root field of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "camelCase")]
pub enum Root {
    Events,
    Presence,
    SearchMatches,
}

/// The digest of a canonical form. Equal for selections with equal results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// Returns the key of a canonical form.
    pub fn from_form(form: &str) -> Self {
        Self(Sha256::digest(form).into())
    }
}

/// The parsed selection of a subscription document.
#[derive(Debug)]
pub struct Selection {
    /// The subscription field.
    pub root: Root,
    /// The key of its canonical form.
    pub key: Key,
    /// The arguments of the root field, with variables substituted.
    pub arguments: Vec<(String, Value)>,
}

/// The file fields that an event contains.
const FILE_FIELDS: &[&str] = &[
    "id",
    "name",
    "type",
    "kind",
    "size",
    "status",
    "isVoice",
    "isAnimated",
    "alt",
    "width",
    "height",
    "durationMs",
    "thumbhash",
    "waveform",
    "url",
    "downloadUrl",
    "previews",
    "uploaderId",
    "channelId",
    "messageId",
    "createdAt",
    "removedAt",
];

/// Nested objects that are also contained in events, with their fields.
pub const NESTED_EVENT_FIELDS: [(&str, &[&str]); 2] =
    [("files", FILE_FIELDS), ("previews", &["size", "url", "width", "height"])];

/// The object fields that a stored event contains: item type, field, fields of the object. Anything else would require
/// a database read.
pub const EVENT_FIELDS: [(&str, &str, &[&str]); 14] = [
    ("WorkspaceCreated", "workspace", &["id", "name", "createdAt"]),
    ("MemberJoined", "member", &["id", "handle", "name", "role", "active", "joinedAt", "avatarUrl"]),
    ("WorkspaceUpdated", "workspace", &["id", "name", "iconUrl", "channelMentions"]),
    ("MemberUpdated", "member", &["id", "handle", "name", "role", "active", "avatarUrl"]),
    ("FileUploaded", "file", FILE_FIELDS),
    ("FileUpdated", "file", FILE_FIELDS),
    ("EmojiCreated", "emoji", &["id", "name", "url", "stillUrl", "creatorId"]),
    ("ChannelCreated", "channel", &["id", "kind", "name", "topic", "createdAt"]),
    ("ChannelJoined", "channel", &["id", "kind", "name", "topic", "createdAt"]),
    (
        "MessageSent",
        "message",
        &[
            "id",
            "seq",
            "channelId",
            "authorId",
            "threadId",
            "text",
            "mentionedIds",
            "mentionsChannel",
            "createdAt",
            "editedAt",
            "deletedAt",
            "files",
        ],
    ),
    (
        "MessageEdited",
        "message",
        &[
            "id",
            "seq",
            "channelId",
            "authorId",
            "threadId",
            "text",
            "mentionedIds",
            "mentionsChannel",
            "editedAt",
            "deletedAt",
        ],
    ),
    ("MessageDeleted", "message", &["id", "seq", "channelId", "authorId", "threadId", "text", "deletedAt"]),
    ("ReadStateChanged", "readState", &["lastReadSeq", "epoch", "unreadCount", "mentionCount"]),
    ("NotificationAdded", "", &[]),
];

/// Parses the selection of the operation to execute.
///
/// # Errors
/// Returns `BAD_USER_INPUT` if the operation is not one of the subscriptions, or requests fields that items do not
/// contain.
pub fn read(document: &ExecutableDocument, operation_name: Option<&str>, variables: &Variables) -> Result<Selection> {
    let invalid = |message: &str| Error::invalid("events", message);
    let operation = operation(document, operation_name)
        .ok_or_else(|| invalid("The document has no such operation. Set operationName."))?;
    if operation.ty != OperationType::Subscription {
        return Err(invalid("Expected a subscription operation."));
    }
    let reader = Reader { document, operation, variables };
    let mut roots = Vec::new();
    reader.fields(&operation.selection_set.node, &mut BTreeSet::new(), &mut |_, field| roots.push(field.clone()))?;
    let [root] = roots.as_slice() else { return Err(invalid("A subscription must select exactly one field.")) };
    let kind: Root = (root.name.node.parse())
        .map_err(|_| invalid("Unknown subscription: expected events, presence or searchMatches."))?;
    match kind {
        Root::Events => reader.check("EventItem", &root.selection_set.node)?,
        Root::SearchMatches => reader.check("MessageSent", &root.selection_set.node)?,
        Root::Presence => {}
    }
    let mut form = format!("{}:", root.response_key().node);
    reader.write_directives(&mut form, &root.directives);
    reader.write(&mut form, &root.selection_set.node)?;
    let arguments = root.arguments.iter().map(|(name, value)| (name.node.to_string(), reader.value(&value.node)));
    Ok(Selection { root: kind, key: Key::from_form(&form), arguments: arguments.collect() })
}

fn operation<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    let mut operations = document.operations.iter();
    match name {
        Some(name) => {
            operations.find(|(known, _)| known.is_some_and(|known| known == name)).map(|(_, found)| &found.node)
        }
        None => operations.next().map(|(_, found)| &found.node),
    }
}

struct Reader<'a> {
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
}

impl Reader<'_> {
    /// Calls `each` for every field with the type condition of the enclosing fragment, if any.
    fn fields(
        &self,
        set: &SelectionSet,
        seen: &mut BTreeSet<String>,
        each: &mut dyn FnMut(Option<&str>, &Field),
    ) -> Result<()> {
        self.fields_on(set, None, seen, each)
    }

    fn fields_on(
        &self,
        set: &SelectionSet,
        on: Option<&str>,
        seen: &mut BTreeSet<String>,
        each: &mut dyn FnMut(Option<&str>, &Field),
    ) -> Result<()> {
        for item in &set.items {
            match &item.node {
                Node::Field(field) => each(on, &field.node),
                Node::InlineFragment(inline) => {
                    let on =
                        inline.node.type_condition.as_ref().map(|condition| condition.node.on.node.as_str()).or(on);
                    self.fields_on(&inline.node.selection_set.node, on, seen, each)?;
                }
                Node::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    if !seen.insert(name.to_owned()) {
                        continue;
                    }
                    let fragment = self.document.fragments.get(name);
                    let fragment =
                        &fragment.ok_or_else(|| Error::invalid("events", format!("Unknown fragment: {name}.")))?.node;
                    self.fields_on(
                        &fragment.selection_set.node,
                        Some(fragment.type_condition.node.on.node.as_str()),
                        seen,
                        each,
                    )?;
                    seen.remove(name);
                }
            }
        }
        Ok(())
    }

    /// Rejects fields that an item does not contain.
    fn check(&self, item: &str, set: &SelectionSet) -> Result<()> {
        let mut objects = Vec::new();
        self.fields(set, &mut BTreeSet::new(), &mut |on, field| {
            if !field.selection_set.node.items.is_empty() {
                objects.push((on.unwrap_or(item).to_owned(), field.clone()));
            }
        })?;
        for (on, object) in objects {
            let name = object.name.node.as_str();
            let available =
                EVENT_FIELDS.iter().find(|(item, field, _)| *item == on && *field == name).map(|(.., fields)| *fields);
            self.check_object(&format!("{on}.{name}"), &object, available.unwrap_or(&[]))?;
        }
        Ok(())
    }

    fn check_object(&self, path: &str, object: &Field, available: &[&str]) -> Result<()> {
        let mut fields = Vec::new();
        self.fields(&object.selection_set.node, &mut BTreeSet::new(), &mut |_, field| fields.push(field.clone()))?;
        for field in fields {
            let name = field.name.node.as_str();
            if name == "__typename" {
                continue;
            }
            if !available.contains(&name) {
                let message = format!("{path}.{name} is not available in events. Load it with a query.");
                return Err(Error::invalid("events", message));
            }
            if !field.selection_set.node.items.is_empty() {
                let nested = NESTED_EVENT_FIELDS
                    .iter()
                    .find(|(object, _)| *object == name)
                    .map_or(&[][..], |(_, fields)| fields);
                self.check_object(&format!("{path}.{name}"), &field, nested)?;
            }
        }
        Ok(())
    }

    fn write(&self, out: &mut String, set: &SelectionSet) -> Result<()> {
        out.push('{');
        for item in &set.items {
            match &item.node {
                Node::Field(field) => self.write_field(out, &field.node)?,
                Node::InlineFragment(inline) => {
                    let on =
                        inline.node.type_condition.as_ref().map_or("", |condition| condition.node.on.node.as_str());
                    let _ = write!(out, "...{on}");
                    self.write_directives(out, &inline.node.directives);
                    self.write(out, &inline.node.selection_set.node)?;
                }
                Node::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    let fragment = self.document.fragments.get(name);
                    let fragment =
                        &fragment.ok_or_else(|| Error::invalid("events", format!("Unknown fragment: {name}.")))?.node;
                    let _ = write!(out, "...{}", fragment.type_condition.node.on.node);
                    self.write_directives(out, &spread.node.directives);
                    self.write(out, &fragment.selection_set.node)?;
                }
            }
            out.push(' ');
        }
        out.push('}');
        Ok(())
    }

    fn write_field(&self, out: &mut String, field: &Field) -> Result<()> {
        let _ = write!(out, "{}:{}", field.response_key().node, field.name.node);
        self.write_arguments(out, &field.arguments);
        self.write_directives(out, &field.directives);
        if field.selection_set.node.items.is_empty() { Ok(()) } else { self.write(out, &field.selection_set.node) }
    }

    fn write_arguments(
        &self,
        out: &mut String,
        arguments: &[(Positioned<Name>, Positioned<async_graphql_value::Value>)],
    ) {
        for (name, value) in arguments {
            let _ = write!(out, "({}={})", name.node, self.value(&value.node));
        }
    }

    fn write_directives(&self, out: &mut String, directives: &[Positioned<async_graphql::parser::types::Directive>]) {
        for directive in directives {
            let _ = write!(out, "@{}", directive.node.name.node);
            self.write_arguments(out, &directive.node.arguments);
        }
    }

    /// Substitutes variables in a value. A missing variable takes its default, or null.
    fn value(&self, value: &async_graphql_value::Value) -> Value {
        let known = |name: Name| -> Result<Value, std::convert::Infallible> {
            let given = self.variables.get(&name).cloned();
            let declared = || {
                let mut definitions = self.operation.variable_definitions.iter();
                let found = definitions.find(|definition| definition.node.name.node == name);
                found.and_then(|definition| definition.node.default_value.as_ref()).map(|value| value.node.clone())
            };
            Ok(given.or_else(declared).unwrap_or(Value::Null))
        };
        match value.clone().into_const_with(known) {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }
}
