/**
 * Records audio from the microphone and reports duration and level.
 *
 * The microphone is released whenever a recording ends. A cancelled recording is discarded.
 */
import { m } from '../../paraglide/messages';
import { levelOf } from '../file/waveform';

export interface Recording {
  blob: Blob;
  durationMs: number;
}

/** Recording formats, in order of preference. */
const types = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];

/** Maximum duration in milliseconds. Longer recordings are sent automatically. */
export const maxRecordingMs = 15 * 60_000;

/** Whether recording is supported. Browsers disable it on plain HTTP. */
export function canRecord(): boolean {
  return (
    typeof MediaRecorder !== 'undefined' &&
    navigator.mediaDevices?.getUserMedia !== undefined &&
    types.some((type) => MediaRecorder.isTypeSupported(type))
  );
}

export class Recorder {
  private readonly recorder: MediaRecorder;
  private readonly audio = new AudioContext();
  private readonly analyser: AnalyserNode;
  private readonly samples: Uint8Array<ArrayBuffer>;
  private readonly chunks: Blob[] = [];
  private readonly startedAt = performance.now();

  private constructor(private readonly stream: MediaStream) {
    const mimeType = types.find((type) => MediaRecorder.isTypeSupported(type)) ?? '';
    this.recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: 32_000 });
    this.recorder.addEventListener('dataavailable', ({ data }) => {
      if (data.size > 0) this.chunks.push(data);
    });
    this.analyser = this.audio.createAnalyser();
    this.analyser.fftSize = 1024;
    this.samples = new Uint8Array(this.analyser.fftSize);
    this.audio.createMediaStreamSource(stream).connect(this.analyser);
    this.recorder.start(1000);
  }

  /** Requests the microphone. Rejects when there is none or permission is denied. */
  static async start(): Promise<Recorder> {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true },
    });
    try {
      return new Recorder(stream);
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      throw error;
    }
  }

  get durationMs(): number {
    return performance.now() - this.startedAt;
  }

  /** The current level, from 0 to 100. */
  level(): number {
    this.analyser.getByteTimeDomainData(this.samples);
    return levelOf(this.samples);
  }

  async finish(): Promise<Recording> {
    const { durationMs } = this;
    const ended = new Promise<void>((resolve) => {
      this.recorder.addEventListener('stop', () => resolve(), { once: true });
    });
    if (this.recorder.state === 'inactive') this.close();
    else {
      this.recorder.stop();
      await ended;
      this.close();
    }
    const type = this.recorder.mimeType.split(';')[0] ?? '';
    return { blob: new Blob(this.chunks, { type }), durationMs };
  }

  cancel(): void {
    if (this.recorder.state !== 'inactive') this.recorder.stop();
    this.close();
  }

  private close(): void {
    for (const track of this.stream.getTracks()) track.stop();
    // Rejects only if it is already closed.
    this.audio.close().catch(() => {});
  }
}

/** Describes why recording failed. */
export function recordingErrorMessage(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError') {
    return m.voice_recorder_blocked();
  }
  if (name === 'NotFoundError') return m.voice_recorder_missing();
  return m.voice_recorder_unavailable();
}
