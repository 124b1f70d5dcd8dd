/** The message actions on touch devices, as a bottom sheet. */
import { Dialog } from '@base-ui/react/dialog';
import { Copy, EyeOff, MessageSquareReply, Pencil, SmilePlus, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { m } from '../../paraglide/messages';
import { EmojiPicker } from '../emoji/EmojiPicker';
import type { MessageToolbarProps } from './MessageToolbar';

interface Props extends MessageToolbarProps {
  open: boolean;
  onClose(): void;
}

const quick = ['👍', '✅', '🎉', '❤️', '😂'];

export function MessageSheet({ open, onClose, ...actions }: Props) {
  const { message, onReact, onReply, onMarkUnread, onEdit, onDelete } = actions;
  const then = (act: () => void) => () => {
    onClose();
    act();
  };
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/35 transition-opacity duration-150 data-[ending-style]:opacity-0 data-[starting-style]:opacity-0" />
        <Dialog.Popup className="fixed inset-x-0 bottom-0 z-50 mx-auto max-h-[80vh] w-full max-w-lg overflow-y-auto rounded-t-2xl border border-line bg-raised px-3 pt-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] shadow-pop transition duration-150 data-[ending-style]:translate-y-4 data-[ending-style]:opacity-0 data-[starting-style]:translate-y-4 data-[starting-style]:opacity-0">
          <Dialog.Title className="sr-only">{m.conversation_message_actions_title()}</Dialog.Title>
          {onReact && (
            <div className="flex gap-1.5 pb-2">
              {quick.map((emoji) => (
                <button
                  key={emoji}
                  type="button"
                  aria-label={m.conversation_message_actions_react_with({ emoji })}
                  className="flex h-12 min-w-11 flex-1 items-center justify-center rounded-xl bg-hover text-[22px] active:bg-pressed"
                  onClick={then(() => onReact(emoji))}
                >
                  {emoji}
                </button>
              ))}
              <EmojiPicker onPick={(emoji) => then(() => onReact(emoji))()}>
                <button
                  type="button"
                  aria-label={m.conversation_message_actions_add_reaction()}
                  className="flex h-12 min-w-11 flex-1 items-center justify-center rounded-xl bg-hover text-soft active:bg-pressed"
                >
                  <SmilePlus size={20} />
                </button>
              </EmojiPicker>
            </div>
          )}
          {onReply && (
            <Action icon={<MessageSquareReply size={18} />} onClick={then(onReply)}>
              {m.conversation_message_actions_reply_in_thread()}
            </Action>
          )}
          {onMarkUnread && (
            <Action icon={<EyeOff size={18} />} onClick={then(onMarkUnread)}>
              {m.conversation_message_actions_mark_as_unread()}
            </Action>
          )}
          {message.text !== '' && (
            <Action
              icon={<Copy size={18} />}
              onClick={then(() => {
                // Unavailable on plain HTTP.
                navigator.clipboard?.writeText(message.text).catch(() => {});
              })}
            >
              {m.conversation_message_sheet_copy_text()}
            </Action>
          )}
          {onEdit && (
            <Action icon={<Pencil size={18} />} onClick={then(onEdit)}>
              {m.conversation_message_actions_edit()}
            </Action>
          )}
          {onDelete && (
            <Action icon={<Trash2 size={18} />} danger onClick={then(onDelete)}>
              {m.conversation_message_sheet_delete()}
            </Action>
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface ActionProps {
  icon: ReactNode;
  danger?: boolean;
  onClick(): void;
  children: ReactNode;
}

function Action({ icon, danger = false, onClick, children }: ActionProps) {
  return (
    <button
      type="button"
      onClick={onClick}
      className={`flex min-h-12 w-full items-center gap-3 rounded-xl px-3 text-left active:bg-hover ${danger ? 'text-danger' : ''}`}
    >
      <span aria-hidden="true">{icon}</span>
      {children}
    </button>
  );
}
