/** The list of messages of a channel or thread, with the composer below. */
import type { ReactNode } from 'react';
import { Composer } from '../composer/Composer';
import { DropZone } from '../file/DropZone';
import { MessageList } from './MessageList';
import type { Conversation } from './useConversation';

interface Props {
  conversation: Conversation;
  /** The accessible name of the list. */
  label: string;
  composerLabel: string;
  dropLabel: string;
  autoFocus: boolean;
  canWrite: boolean;
  /** Shown in place of the composer to a viewer who cannot write. */
  insteadOfComposer?: ReactNode;
  /** Shown above the very first message. */
  intro: ReactNode;
  align?: 'bottom' | 'top' | undefined;
  /** Undefined inside threads. */
  onOpenThread?: ((rootId: string) => void) | undefined;
}

export function ConversationView(props: Props) {
  const { conversation, label, composerLabel, dropLabel, autoFocus, canWrite } = props;
  return (
    <>
      <MessageList
        label={label}
        intro={props.intro}
        align={props.align}
        onOpenThread={props.onOpenThread}
        {...conversation.list}
      />
      {canWrite && <DropZone label={dropLabel} onDrop={conversation.attachments.add} />}
      <div className="px-4 pb-4">
        {canWrite ? (
          <Composer label={composerLabel} autoFocus={autoFocus} {...conversation.composer} />
        ) : (
          props.insteadOfComposer
        )}
      </div>
    </>
  );
}
