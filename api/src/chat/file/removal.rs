//! The event of a removed file.

use crate::ground::id::{FileId, MemberId};
use crate::log::Draft;
use crate::log::facts::files::FileFact;
use crate::model::event::{Body, Skeleton};

/// Drafts the removal of a file. The batch that appends it releases the contents.
pub fn removal(actor: MemberId, file_id: FileId, fact: Option<&FileFact>) -> Draft {
    let skeleton = Skeleton::FileRemoved {
        file_id,
        message_id: fact.and_then(|fact| fact.message_id),
        channel_id: fact.and_then(|fact| fact.channel_id),
    };
    Draft::by(actor, skeleton, Body::default())
}
