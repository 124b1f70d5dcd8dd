/** A composer for editing a message in place. */
import { useApolloClient } from '@apollo/client/react';
import { m } from '../../paraglide/messages';
import { RichText } from '../../ui/RichText';
import { Composer } from '../composer/Composer';
import { displayMentions } from '../composer/heldMentions';
import { readMember } from '../member/member';
import type { Message } from '../message/message';
import { useReturnFocus } from './useReturnFocus';

interface Props {
  message: Message;
  onSave(text: string, confirmed: boolean): void;
  onCancel(): void;
}

/** Restores focus when it closes. */
export function MessageEditor({ message, onSave, onCancel }: Props) {
  const client = useApolloClient();
  useReturnFocus();
  // Normalizes line breaks, as a textarea does.
  const { text, held } = displayMentions(
    message.text.replace(/\r\n?/g, '\n'),
    (id) => readMember(client, id)?.handle,
  );
  return (
    <div className="py-1">
      <Composer
        label={m.conversation_message_editor_label()}
        sendLabel={m.ui_save()}
        initialText={text}
        edited={{ stored: message.text, held }}
        autoFocus
        allowsEmpty={message.files.some(({ removedAt }) => !removedAt)}
        channelId={message.channelId}
        onSend={(text, _, confirmed) => onSave(text, confirmed)}
        onCancel={onCancel}
      />
      <p className="mt-1 text-[12px] text-faint">
        <RichText
          message={m.conversation_message_editor_keys}
          inputs={{}}
          tags={{
            keys: (text) => <span className="touch:hidden">{text}</span>,
            cancel: (text) => (
              <button
                type="button"
                className="text-accent hover:underline touch:min-h-11 touch:px-1"
                onClick={onCancel}
              >
                <span className="touch:hidden">{text}</span>
                <span className="hidden touch:inline">{m.ui_cancel()}</span>
              </button>
            ),
          }}
        />
      </p>
    </div>
  );
}
