/**
 * The message actions, shown on hover and keyboard focus. Placed at the upper edge of the message, or lower if
 * that edge is scrolled out of view.
 */
import { EyeOff, MessageSquareReply, Pencil, SmilePlus, Trash2 } from 'lucide-react';
import { m } from '../../paraglide/messages';
import { IconButton } from '../../ui/Button';
import { EmojiPicker } from '../emoji/EmojiPicker';
import type { Message } from '../message/message';

export interface MessageToolbarProps {
  message: Message;
  /** Undefined, like editing and deleting, if the viewer may not, or the message can no longer change. */
  onReact?: ((emoji: string) => void) | undefined;
  onReply?: (() => void) | undefined;
  /** Undefined in threads, whose replies have no unread counts. */
  onMarkUnread?: (() => void) | undefined;
  onEdit?: (() => void) | undefined;
  onDelete?: (() => void) | undefined;
}

const quick = ['👍', '✅', '🎉'];

export function MessageToolbar(actions: MessageToolbarProps) {
  const { onReact, onReply, onMarkUnread, onEdit, onDelete } = actions;
  return (
    <div className="message-reach pointer-events-none absolute right-4 z-10">
      <div
        role="toolbar"
        aria-label={m.conversation_message_actions_title()}
        className="message-actions sticky top-1 flex items-center gap-px rounded-lg border border-line bg-raised p-0.5 shadow-[0_1px_4px_rgb(0_0_0/0.08)]"
      >
        {onReact && (
          <>
            {quick.map((emoji) => (
              <IconButton
                key={emoji}
                label={m.conversation_message_actions_react_with({ emoji })}
                tabIndex={-1}
                className="hidden text-[15px] sm:inline-flex"
                onClick={() => onReact(emoji)}
              >
                {emoji}
              </IconButton>
            ))}
            <EmojiPicker onPick={onReact}>
              <IconButton label={m.conversation_message_actions_add_reaction()} tabIndex={-1}>
                <SmilePlus size={16} />
              </IconButton>
            </EmojiPicker>
          </>
        )}
        {onReply && (
          <IconButton
            label={m.conversation_message_actions_reply_in_thread()}
            tabIndex={-1}
            onClick={onReply}
          >
            <MessageSquareReply size={16} />
          </IconButton>
        )}
        {onMarkUnread && (
          <IconButton
            label={m.conversation_message_actions_mark_as_unread()}
            tabIndex={-1}
            onClick={onMarkUnread}
          >
            <EyeOff size={15} />
          </IconButton>
        )}
        {onEdit && (
          <IconButton label={m.conversation_message_actions_edit()} tabIndex={-1} onClick={onEdit}>
            <Pencil size={15} />
          </IconButton>
        )}
        {onDelete && (
          <IconButton label={m.ui_delete()} tabIndex={-1} onClick={onDelete}>
            <Trash2 size={15} />
          </IconButton>
        )}
      </div>
    </div>
  );
}
