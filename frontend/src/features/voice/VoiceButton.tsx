/** Records a voice message: a button, and while it records, its level and time with cancel and send. */
import { Mic, SendHorizontal, Trash2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { IconButton } from '../../ui/Button';
import { isOfInputMethod } from '../../ui/keys';
import { durationInWords } from '../file/file';
import { endingOf, moment } from '../file/pickFiles';
import type { Offered } from '../file/upload';
import { offeredOf } from '../file/useAttachments';
import { draw } from '../file/waveform';
import { useWorkspace } from '../workspace/workspaceContext';
import { longestRecording, Recorder, whyNot } from './recorder';

interface Props {
  /** The recording, which is being uploaded already. */
  onRecorded(files: readonly Offered[]): void;
  /** Whether it records: it has to stay on the page for so long. */
  onRecording(recording: boolean): void;
}

/** What is shown of the last seconds. */
const bars = 40;
const levelEvery = 80;

export function VoiceButton({ onRecorded, onRecording }: Props) {
  const { uploads } = useWorkspace();
  const [recorder, setRecorder] = useState<Recorder | null>(null);
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const running = useRef<Recorder | null>(null);
  const gone = useRef(false);
  // Who goes elsewhere does not go on being heard.
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
      running.current?.cancel();
    };
  }, []);

  async function begin() {
    setFailure(null);
    setAsking(true);
    try {
      const recorder = await Recorder.start();
      // It was allowed when there was nobody left to turn it off.
      if (gone.current) return recorder.cancel();
      running.current = recorder;
      setRecorder(recorder);
      onRecording(true);
    } catch (error) {
      setFailure(whyNot(error));
    }
    setAsking(false);
  }

  /** The recorder, to whoever asks first: a recording is sent once, or not at all. */
  function leave(): Recorder | null {
    const recorder = running.current;
    running.current = null;
    setRecorder(null);
    onRecording(false);
    // To where it began, once the button is back.
    requestAnimationFrame(() => button.current?.focus());
    return recorder;
  }

  async function send() {
    const recording = await leave()?.finish();
    if (!recording) return;
    const { blob } = recording;
    const name = `Voice message ${moment(new Date())}${endingOf(blob.type)}`;
    const upload = uploads.get(uploads.add(blob, { name, isVoice: true, place: null }));
    if (upload) onRecorded([offeredOf(upload)]);
  }

  return (
    <>
      <button
        ref={button}
        type="button"
        aria-label="Record a voice message"
        title="Record a voice message"
        disabled={asking || recorder !== null}
        onClick={begin}
        className="my-1.75 inline-flex size-7 touch:my-0 touch:size-11 shrink-0 items-center justify-center rounded-md text-soft hover:bg-pressed hover:text-ink disabled:opacity-40"
      >
        <Mic size={16} aria-hidden="true" />
      </button>
      {recorder && <Meter recorder={recorder} onSend={send} onCancel={() => leave()?.cancel()} />}
      {failure && (
        <p
          role="alert"
          className="absolute right-0 bottom-full z-10 mb-1.5 max-w-full rounded-lg border border-line bg-danger-tint px-3 py-1.5 text-[12.5px] text-danger shadow-pop"
        >
          {failure}
        </p>
      )}
    </>
  );
}

interface MeterProps {
  recorder: Recorder;
  onSend(): void;
  onCancel(): void;
}

function Meter({ recorder, onSend, onCancel }: MeterProps) {
  const [levels, setLevels] = useState<readonly number[]>(() => Array(bars).fill(0));
  const [elapsed, setElapsed] = useState(0);
  const latest = useRef(onSend);
  useEffect(() => {
    latest.current = onSend;
  });

  useEffect(() => {
    const timer = setInterval(() => {
      setLevels((levels) => [...levels.slice(1), recorder.level()]);
      setElapsed(recorder.durationMs);
      if (recorder.durationMs > longestRecording) latest.current();
    }, levelEvery);
    return () => clearInterval(timer);
  }, [recorder]);

  const drawn = draw(levels);
  return (
    <div
      role="group"
      aria-label="Recording a voice message"
      onKeyDown={(event) => {
        if (isOfInputMethod(event) || event.key !== 'Escape') return;
        event.preventDefault();
        event.stopPropagation();
        onCancel();
      }}
      className="absolute inset-x-0 bottom-0 z-10 flex h-11 items-center gap-2 rounded-xl border border-accent bg-raised px-1.5"
    >
      <IconButton label="Cancel recording" onClick={onCancel}>
        <Trash2 size={16} />
      </IconButton>
      <span aria-hidden="true" className="size-2.5 animate-pulse rounded-full bg-danger" />
      <span role="timer" aria-label="Recorded so far" className="text-[13px] tabular-nums">
        {durationInWords(elapsed)}
      </span>
      <svg
        aria-hidden="true"
        viewBox={`0 0 ${drawn.width} 100`}
        preserveAspectRatio="none"
        className="h-6 min-w-0 flex-1 text-accent"
      >
        <path d={drawn.path} fill="currentColor" />
      </svg>
      <IconButton label="Send voice message" onClick={onSend} className="text-accent" autoFocus>
        <SendHorizontal size={17} />
      </IconButton>
    </div>
  );
}
