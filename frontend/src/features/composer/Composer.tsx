/** The message composer: grows with the text, accepts files, completes mentions and emoji. */
import { SendHorizontal } from 'lucide-react';
import { type ClipboardEvent, type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react';
import { m } from '../../paraglide/messages';
import { IconButton } from '../../ui/Button';
import { CompletionMenu } from '../../ui/CompletionMenu';
import { isInputMethodKey } from '../../ui/keys';
import { completedShortcode } from '../emoji/shortcode';
import { useCustomEmoji } from '../emoji/useCustomEmoji';
import { AttachButton } from '../file/AttachButton';
import { AttachmentBar } from '../file/AttachmentBar';
import { pastedFilesOf } from '../file/pickFiles';
import type { UploadMetadata } from '../file/upload';
import type { Attachments } from '../file/useAttachments';
import type { Member } from '../member/member';
import { messageCharacters } from '../message/message';
import { writtenDirection } from '../message/sentences';
import { canRecord } from '../voice/recorder';
import { VoiceButton } from '../voice/VoiceButton';
import { type HeldRange, type TypedText, trimField, updateHeldRanges } from './heldMentions';
import { MentionEveryoneDialog } from './MentionEveryoneDialog';
import { MentionNote } from './MentionNote';
import { NonMembersNote } from './NonMembersNote';
import { handleAtCaret, isPlainTextAt } from './typedMentions';
import { useChannelMention } from './useChannelMention';
import { useCompletionMenu } from './useCompletionMenu';
import { loadedEmoji } from './useEmojiChoices';
import { useTypedMentions } from './useTypedMentions';

interface Props {
  /** Accessible name and placeholder. */
  label: string;
  initialText: string;
  /** For an edit: the stored text and the mentions in it. */
  edited?: { stored: string; held: readonly HeldRange[] };
  autoFocus?: boolean;
  /** Receives every change of the typed text, for the draft. */
  onWrite?(text: string): void;
  /** Attachments. Omit to disable attaching files. */
  attachments?: Attachments;
  /** Allows an empty text, because the edited message has files. */
  allowsEmpty?: boolean;
  /** The target channel, for channel mention permissions and member counts. */
  channelId?: string;
  /** Receives the stored text, the attachments, and whether a channel mention was confirmed. */
  onSend(text: string, files: readonly UploadMetadata[], confirmed: boolean): void;
  onCancel?(): void;
  /** Called on arrow up in an empty composer. */
  onEditLast?(): void;
  sendLabel?: string;
}

/** Shows the counter below this number of remaining characters. */
const showCounterBelow = 500;

export function Composer(props: Props) {
  const { label, initialText, autoFocus, attachments, onWrite, onSend, onCancel, onEditLast } =
    props;
  const [written, setWritten] = useState<TypedText>({
    text: initialText,
    held: props.edited?.held ?? [],
  });
  const { text } = written;
  const [caret, setCaret] = useState(initialText.length);
  const field = useRef<HTMLTextAreaElement>(null);
  const trimmed = trimField(written, props.edited !== undefined);
  const mentions = useTypedMentions(trimmed, handleAtCaret(text, caret));
  const channelMentionOf = useChannelMention(props.channelId, props.edited?.stored);
  const { isDenied } = channelMentionOf(mentions.stored);
  const canMentionEveryone = !channelMentionOf('<!channel>').isDenied;
  const [hasTried, setHasTried] = useState(false);
  const [sentLast, setSentLast] = useState('');
  const [confirming, setConfirming] = useState<{ stored: string; recipientCount: number } | null>(
    null,
  );
  const customEmoji = useCustomEmoji();
  const [isLookingUp, setLookingUp] = useState(false);
  const [recording, setRecording] = useState(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text.
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(element.scrollHeight, 320)}px`;
  }, [text]);

  useLayoutEffect(() => {
    if (!autoFocus) return;
    field.current?.focus();
    field.current?.setSelectionRange(initialText.length, initialText.length);
  }, [autoFocus, initialText.length]);

  function write(next: string, at: number, changedTo = at, picked: readonly HeldRange[] = []) {
    const held = [...updateHeldRanges(written, next, changedTo), ...picked];
    setWritten({ text: next, held: held.sort((a, b) => a.from - b.from) });
    setCaret(at);
    setHasTried(false);
    onWrite?.(next);
  }

  /** Replaces the text between `from` and the caret. */
  function replace(whole: string, from: number, at: number, insert: string, member?: Member) {
    const before = whole.slice(0, from) + insert;
    const after = whole.slice(at);
    const next = before + (insert.endsWith(' ') ? after.replace(/^ /, '') : after);
    const picked = member && { from, to: from + insert.trimEnd().length, target: member.id };
    write(next, before.length, before.length, picked && [picked]);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(before.length, before.length);
    });
  }

  const menu = useCompletionMenu(
    text,
    caret,
    canMentionEveryone,
    ({ member, insert }, { from }) => {
      if (member) mentions.pick(member.handle, member.id);
      replace(text, from, caret, `${insert} `, member);
    },
  );

  function onChange(next: string, at: number, changedTo: number) {
    // A typed colon completes a shortcode; a deletion does not.
    const whole =
      next.length > text.length && completedShortcode(next, at, [...customEmoji, ...loadedEmoji()]);
    if (whole && isPlainTextAt(next, at)) replace(next, whole.from, at, whole.emoji.unicode);
    else write(next, at, changedTo);
  }

  // Counts the stored form.
  const leftOf = (stored: string) => messageCharacters - [...stored].length;
  const left = leftOf(mentions.stored);
  const attached = attachments?.uploads ?? [];
  const empty = text.trim() === '' && attached.length === 0;
  // Uploads in progress are sent along. Failed ones must be retried or removed first.
  const failed = attached.some(({ state }) => state === 'failed');
  const hasSomething = (!empty || props.allowsEmpty) && !isLookingUp;
  const blockedReason = isDenied
    ? m.composer_not_sent_denied()
    : left < 0
      ? m.composer_not_sent_too_long()
      : failed
        ? m.composer_not_sent_upload_failed()
        : null;

  async function send() {
    if (!hasSomething) return;
    setHasTried(blockedReason !== null);
    if (blockedReason) return;
    if (props.edited && text === initialText) return sendStored(props.edited.stored);
    const lookUp = mentions.lookUp();
    if (!lookUp) return sendStored(mentions.stored);
    setLookingUp(true);
    const stored = await lookUp;
    setLookingUp(false);
    if (leftOf(stored) >= 0) sendStored(stored);
  }

  function sendStored(stored: string, confirmed = false) {
    const mention = channelMentionOf(stored);
    if (mention.isDenied) return setHasTried(true);
    if (mention.recipientCount !== null && !confirmed) {
      setConfirming({ stored, recipientCount: mention.recipientCount });
      return;
    }
    setConfirming(null);
    onSend(stored, attachments?.take() ?? [], confirmed);
    setSentLast(stored);
    write('', 0);
  }

  function onRecording(now: boolean) {
    setRecording(now);
    // With attachments, the record button does not reappear to take the focus.
    if (!now && !empty) field.current?.focus();
  }

  function onPaste(event: ClipboardEvent) {
    const files = attachments ? pastedFilesOf(event.clipboardData) : [];
    // Text editors also put an image of the copied text on the clipboard.
    if (files.length === 0 || event.clipboardData.getData('text/plain') !== '') return;
    event.preventDefault();
    attachments?.add(files);
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (isInputMethodKey(event) || menu.onKeyDown(event)) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === 'ArrowUp' && text === '' && onEditLast) {
      event.preventDefault();
      onEditLast();
    } else if (event.key === 'Escape' && onCancel) {
      event.preventDefault();
      event.stopPropagation();
      onCancel();
    }
  }

  return (
    <div className="relative">
      <CompletionMenu menu={menu} />
      <div className="overflow-hidden rounded-xl border border-line-strong bg-raised transition-colors focus-within:border-accent focus-within:ring-2 focus-within:ring-accent/20">
        {attachments && <AttachmentBar attachments={attachments} />}
        <div className="flex items-end gap-1">
          {attachments && <AttachButton limit={attachments.limit} onPick={attachments.add} />}
          <textarea
            ref={field}
            rows={1}
            value={text}
            readOnly={isLookingUp || recording}
            aria-label={label}
            placeholder={label}
            role="combobox"
            aria-autocomplete="list"
            aria-expanded={menu.open}
            aria-controls={menu.open ? menu.id : undefined}
            aria-activedescendant={menu.open ? menu.activeId : undefined}
            onChange={({ target }) =>
              onChange(target.value, target.selectionStart, target.selectionEnd)
            }
            enterKeyHint="send"
            dir={writtenDirection(text) ?? 'auto'}
            onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
            onBlur={menu.close}
            onPaste={onPaste}
            onKeyDown={onKeyDown}
            className="max-h-80 min-h-10.5 flex-1 resize-none bg-transparent py-2.5 pr-3.5 pl-1 first:pl-3.5 leading-[1.45] outline-none placeholder:text-faint"
          />
          {left < showCounterBelow && (
            <span
              role="status"
              className={`mb-3 text-[12px] tabular-nums ${left < 0 ? 'font-semibold text-danger' : 'text-faint'}`}
            >
              {left < 0
                ? m.composer_over_limit({ count: -left })
                : m.composer_left({ count: left })}
            </span>
          )}
          {/* Stays mounted when a file is dropped during a recording. */}
          {attachments && (empty || recording) && canRecord() && (
            <VoiceButton
              onRecorded={(files) => onSend('', files, false)}
              onRecording={onRecording}
            />
          )}
          <IconButton
            label={props.sendLabel ?? m.composer_send()}
            onClick={send}
            disabled={!hasSomething || failed}
            className="m-1.5 enabled:text-accent touch:m-0"
          >
            <SendHorizontal size={17} />
          </IconButton>
        </div>
      </div>
      {hasTried && blockedReason ? (
        <p role="alert" className="px-1 pt-1 text-[12.5px] text-danger">
          {blockedReason}
        </p>
      ) : (
        <MentionNote mentions={mentions} isDenied={isDenied} />
      )}
      {props.channelId && (
        <NonMembersNote channelId={props.channelId} texts={[mentions.stored, sentLast]} />
      )}
      {confirming && (
        <MentionEveryoneDialog
          recipientCount={confirming.recipientCount}
          onClose={() => setConfirming(null)}
          onConfirm={() => sendStored(confirming.stored, true)}
        />
      )}
    </div>
  );
}
