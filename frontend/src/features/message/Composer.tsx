/** Where messages are written: grows with the text, takes files, completes mentions and emoji. */
import { SendHorizontal } from 'lucide-react';
import { type ClipboardEvent, type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react';
import { IconButton } from '../../ui/Button';
import { isOfInputMethod } from '../../ui/keys';
import { useCustomEmoji } from '../emoji/useCustomEmoji';
import { AttachButton } from '../file/AttachButton';
import { AttachmentBar } from '../file/AttachmentBar';
import { pastedFilesOf } from '../file/pickFiles';
import type { Offered } from '../file/upload';
import type { Attachments } from '../file/useAttachments';
import type { Member } from '../member/member';
import { shortcodeWritten } from '../reaction/shortcode';
import { canRecord } from '../voice/recorder';
import { VoiceButton } from '../voice/VoiceButton';
import { CompletionMenu, useCompletionMenu } from './CompletionMenu';
import { type Field, type Held, heldAfter, withoutBlanks } from './heldMentions';
import { MentionEverybodyDialog } from './MentionEverybodyDialog';
import { MentionNote } from './MentionNote';
import { messageCharacters } from './message';
import { OutsideNote } from './OutsideNote';
import { writtenDirection } from './sentences';
import { handleAt, isTextAt } from './typedMentions';
import { useChannelMention } from './useChannelMention';
import { loadedEmoji } from './useEmojiChoices';
import { useWrittenMentions } from './useWrittenMentions';

interface Props {
  /** What the field is called for screen readers, also its placeholder. */
  label: string;
  initialText: string;
  /** Of a text that is stored already: as it is stored, and whom the mentions in it mean. */
  edited?: { stored: string; held: readonly Held[] };
  autoFocus?: boolean;
  /** Gets every change as written, for the draft. */
  onWrite?(text: string): void;
  /** What is attached; without it, nothing can be. */
  attachments?: Attachments;
  /** It may be without a text: what is edited has files. */
  mayBeEmpty?: boolean;
  /** Where it goes to, to know whether everybody there may be mentioned, and how many they are. */
  channelId?: string;
  /** Gets the text as it is stored, with mentions by id, what is attached, and whether many may be mentioned. */
  onSend(text: string, files: readonly Offered[], confirmed: boolean): void;
  onCancel?(): void;
  /** Up in an empty composer. */
  onEditLast?(): void;
  sendLabel?: string;
}

/** The counter appears when fewer characters than this are left. */
const showCounterBelow = 500;

export function Composer(props: Props) {
  const { label, initialText, autoFocus, attachments, onWrite, onSend, onCancel, onEditLast } =
    props;
  const [written, setWritten] = useState<Field>({
    text: initialText,
    held: props.edited?.held ?? [],
  });
  const { text } = written;
  const [caret, setCaret] = useState(initialText.length);
  const field = useRef<HTMLTextAreaElement>(null);
  const trimmed = withoutBlanks(written, props.edited !== undefined);
  const mentions = useWrittenMentions(trimmed, handleAt(text, caret));
  const mentionOf = useChannelMention(props.channelId, props.edited?.stored);
  const { refused } = mentionOf(mentions.stored);
  const mayMentionEveryone = !mentionOf('<!channel>').refused;
  const [tried, setTried] = useState(false);
  const [sentLast, setSentLast] = useState('');
  const [asking, setAsking] = useState<{ stored: string; people: number } | null>(null);
  const own = useCustomEmoji();
  const [looking, setLooking] = useState(false);
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

  function write(next: string, at: number, changedTo = at, picked: readonly Held[] = []) {
    const held = [...heldAfter(written, next, changedTo), ...picked];
    setWritten({ text: next, held: held.sort((a, b) => a.from - b.from) });
    setCaret(at);
    setTried(false);
    onWrite?.(next);
  }

  /** Puts something in the place of what stands from `from` to the caret. */
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
    mayMentionEveryone,
    ({ member, insert }, { from }) => {
      if (member) mentions.pick(member.handle, member.id);
      replace(text, from, caret, `${insert} `, member);
    },
  );

  function onChange(next: string, at: number, changedTo: number) {
    // The colon that ends a shortcode; taking something away ends nothing.
    const whole =
      next.length > text.length && shortcodeWritten(next, at, [...own, ...loadedEmoji()]);
    if (whole && isTextAt(next, at)) replace(next, whole.from, at, whole.emoji.unicode);
    else write(next, at, changedTo);
  }

  // What is counted is what is sent.
  const leftOf = (stored: string) => messageCharacters - [...stored].length;
  const left = leftOf(mentions.stored);
  const attached = attachments?.uploads ?? [];
  const empty = text.trim() === '' && attached.length === 0;
  // They go along while they are being uploaded, but one that failed wants a decision first.
  const failed = attached.some(({ state }) => state === 'failed');
  const hasSomething = (!empty || props.mayBeEmpty) && !looking;
  const obstacle = refused
    ? 'Not sent: only owners and admins can mention everyone in this channel.'
    : left < 0
      ? 'Not sent: the message is too long.'
      : failed
        ? 'Not sent: retry or remove the file that was not uploaded.'
        : null;

  async function send() {
    if (!hasSomething) return;
    setTried(obstacle !== null);
    if (obstacle) return;
    if (props.edited && text === initialText) return sendStored(props.edited.stored);
    const lookUp = mentions.lookUp();
    if (!lookUp) return sendStored(mentions.stored);
    setLooking(true);
    const stored = await lookUp;
    setLooking(false);
    if (leftOf(stored) >= 0) sendStored(stored);
  }

  function sendStored(stored: string, confirmed = false) {
    const mention = mentionOf(stored);
    if (mention.refused) return setTried(true);
    if (mention.people !== null && !confirmed) {
      setAsking({ stored, people: mention.people });
      return;
    }
    setAsking(null);
    onSend(stored, attachments?.take() ?? [], confirmed);
    setSentLast(stored);
    write('', 0);
  }

  function onRecording(now: boolean) {
    setRecording(now);
    // Where something is attached, the button that it began with does not come back.
    if (!now && !empty) field.current?.focus();
  }

  function onPaste(event: ClipboardEvent) {
    const files = attachments ? pastedFilesOf(event.clipboardData) : [];
    // What is copied from a text program is also a picture of itself.
    if (files.length === 0 || event.clipboardData.getData('text/plain') !== '') return;
    event.preventDefault();
    attachments?.add(files);
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (isOfInputMethod(event) || menu.onKeyDown(event)) return;
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
            readOnly={looking || recording}
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
              {left < 0 ? `${-left} too many` : `${left} left`}
            </span>
          )}
          {/* A file that is dropped during a recording does not end it. */}
          {attachments && (empty || recording) && canRecord() && (
            <VoiceButton
              onRecorded={(files) => onSend('', files, false)}
              onRecording={onRecording}
            />
          )}
          <IconButton
            label={props.sendLabel ?? 'Send'}
            onClick={send}
            disabled={!hasSomething || failed}
            className="m-1.5 enabled:text-accent touch:m-0"
          >
            <SendHorizontal size={17} />
          </IconButton>
        </div>
      </div>
      {tried && obstacle ? (
        <p role="alert" className="px-1 pt-1 text-[12.5px] text-danger">
          {obstacle}
        </p>
      ) : (
        <MentionNote mentions={mentions} refused={refused} />
      )}
      {props.channelId && (
        <OutsideNote channelId={props.channelId} texts={[mentions.stored, sentLast]} />
      )}
      {asking && (
        <MentionEverybodyDialog
          people={asking.people}
          onClose={() => setAsking(null)}
          onConfirm={() => sendStored(asking.stored, true)}
        />
      )}
    </div>
  );
}
