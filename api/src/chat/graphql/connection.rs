//! Connections according to the Relay specification.

use async_graphql::SimpleObject;
use async_graphql::connection::PageInfo;

use crate::chat::channel::graphql::Channel;
use crate::chat::file::graphql::File;
use crate::chat::member::graphql::Member;
use crate::chat::message::graphql::Message;
use crate::chat::notification::graphql::Notification;
use crate::ground::page::Slice;

macro_rules! connections {
    ($($(#[$doc:meta])* $connection:ident of $(#[$edge_doc:meta])* $edge:ident of $node:ident;)*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub struct $connection {
            /// The items with their cursors.
            edges: Vec<$edge>,
            /// The items without cursors.
            nodes: Vec<$node>,
            /// Pagination information.
            page_info: PageInfo,
        }

        $(#[$edge_doc])*
        #[derive(SimpleObject)]
        pub struct $edge {
            /// An opaque cursor for use with `after` and `before`.
            cursor: String,
            /// The item.
            node: $node,
        }

        impl $connection {
            /// Creates a connection from a slice of a list, with functions that return the cursor and the node of an
            /// item.
            pub fn new<T>(slice: Slice<T>, cursor: impl Fn(&T) -> String, node: impl FnMut(T) -> $node) -> Self {
                let cursors: Vec<String> = slice.items.iter().map(cursor).collect();
                let nodes: Vec<$node> = slice.items.into_iter().map(node).collect();
                let page_info = PageInfo {
                    has_previous_page: slice.has_previous,
                    has_next_page: slice.has_next,
                    start_cursor: cursors.first().cloned(),
                    end_cursor: cursors.last().cloned(),
                };
                let edges = cursors.into_iter().zip(nodes.iter().cloned()).map(|(cursor, node)| $edge { cursor, node });
                Self { edges: edges.collect(), nodes, page_info }
            }
        }
    )*};
}

connections! {
    /// A page of channels.
    ChannelConnection of
    /// A channel with its cursor.
    ChannelEdge of Channel;
    /// A page of files.
    FileConnection of
    /// A file with its cursor.
    FileEdge of File;
    /// A page of members.
    MemberConnection of
    /// A member with its cursor.
    MemberEdge of Member;
    /// A page of messages.
    MessageConnection of
    /// A message with its cursor.
    MessageEdge of Message;
    /// A page of notifications.
    NotificationConnection of
    /// A notification with its cursor.
    NotificationEdge of Notification;
}
