/** Records a voice message: a button and, while recording, a level meter with cancel and send. */
import { Mic, SendHorizontal, Trash2 } from 'lucide-react';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { m } from '../../paraglide/messages';
import { IconButton } from '../../ui/Button';
import { isInputMethodKey } from '../../ui/keys';
import { formatDuration } from '../file/file';
import { extensionOf, fileTimestamp } from '../file/pickFiles';
import type { UploadMetadata } from '../file/upload';
import { uploadMetadataOf } from '../file/useAttachments';
import { useUploadService } from '../file/useUploads';
import { drawWaveform } from '../file/waveform';
import { maxRecordingMs, Recorder, recordingErrorMessage } from './recorder';

interface Props {
  /** Receives the recording, whose upload has already started. */
  onRecorded(files: readonly UploadMetadata[]): void;
  /** Reports whether a recording is running. The button must stay mounted meanwhile. */
  onRecording(recording: boolean): void;
}

/** Number of bars in the level meter. */
const bars = 40;
const levelIntervalMs = 80;

export function VoiceButton({ onRecorded, onRecording }: Props) {
  const uploads = useUploadService();
  const [recorder, setRecorder] = useState<Recorder | null>(null);
  const [isRequesting, setRequesting] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const running = useRef<Recorder | null>(null);
  const isUnmounted = useRef(false);
  // Stops recording on unmount.
  useEffect(() => {
    isUnmounted.current = false;
    return () => {
      isUnmounted.current = true;
      running.current?.cancel();
    };
  }, []);

  async function start() {
    setFailure(null);
    setRequesting(true);
    try {
      const recorder = await Recorder.start();
      // Permission was granted after unmounting.
      if (isUnmounted.current) return recorder.cancel();
      running.current = recorder;
      setRecorder(recorder);
      onRecording(true);
    } catch (error) {
      setFailure(recordingErrorMessage(error));
    }
    setRequesting(false);
  }

  /** Takes the recorder. Returns null on later calls, so that a recording is sent at most once. */
  function takeRecorder(): Recorder | null {
    const recorder = running.current;
    running.current = null;
    setRecorder(null);
    onRecording(false);
    // Restores focus once the button is enabled again.
    requestAnimationFrame(() => button.current?.focus());
    return recorder;
  }

  async function send() {
    const recording = await takeRecorder()?.finish();
    if (!recording) return;
    const { blob } = recording;
    const time = fileTimestamp(new Date());
    const name = m.voice_button_file_name({ time }) + extensionOf(blob.type);
    const upload = uploads.get(uploads.add(blob, { name, isVoice: true, place: null }));
    if (upload) onRecorded([uploadMetadataOf(upload)]);
  }

  return (
    <>
      <button
        ref={button}
        type="button"
        aria-label={m.voice_button_record()}
        title={m.voice_button_record()}
        disabled={isRequesting || recorder !== null}
        onClick={start}
        className="my-1.75 inline-flex size-7 touch:my-0 touch:size-11 shrink-0 items-center justify-center rounded-md text-soft hover:bg-pressed hover:text-ink disabled:opacity-40"
      >
        <Mic size={16} aria-hidden="true" />
      </button>
      {recorder && (
        <Meter recorder={recorder} onSend={send} onCancel={() => takeRecorder()?.cancel()} />
      )}
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
  const onLimit = useEffectEvent(onSend);
  useEffect(() => {
    const timer = setInterval(() => {
      setLevels((levels) => [...levels.slice(1), recorder.level()]);
      setElapsed(recorder.durationMs);
      if (recorder.durationMs > maxRecordingMs) onLimit();
    }, levelIntervalMs);
    return () => clearInterval(timer);
  }, [recorder]);

  const waveform = drawWaveform(levels);
  return (
    <fieldset
      aria-label={m.voice_button_recording()}
      onKeyDown={(event) => {
        if (isInputMethodKey(event) || event.key !== 'Escape') return;
        event.preventDefault();
        event.stopPropagation();
        onCancel();
      }}
      className="absolute inset-x-0 bottom-0 z-10 flex h-11 items-center gap-2 rounded-xl border border-accent bg-raised px-1.5"
    >
      <IconButton label={m.voice_button_cancel()} onClick={onCancel}>
        <Trash2 size={16} />
      </IconButton>
      <span aria-hidden="true" className="size-2.5 animate-pulse rounded-full bg-danger" />
      <span
        role="timer"
        aria-label={m.voice_button_recording_time()}
        className="text-[13px] tabular-nums"
      >
        {formatDuration(elapsed)}
      </span>
      <svg
        aria-hidden="true"
        viewBox={`0 0 ${waveform.width} 100`}
        preserveAspectRatio="none"
        className="h-6 min-w-0 flex-1 text-accent"
      >
        <path d={waveform.path} fill="currentColor" />
      </svg>
      <IconButton label={m.voice_button_send()} onClick={onSend} className="text-accent" autoFocus>
        <SendHorizontal size={17} />
      </IconButton>
    </fieldset>
  );
}
