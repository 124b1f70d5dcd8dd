/**
 * Records what the microphone hears: for how long, how loud, and at the end the recording.
 *
 * Promises: the microphone is let go of whenever a recording ends, however that happens; one that was
 * canceled leaves nothing.
 */
import { levelOf } from '../file/waveform';

export interface Recording {
  blob: Blob;
  durationMs: number;
}

/** The best that the browser can make and most others can play. */
const types = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];

/** Longer ones end by themselves. */
export const longestRecording = 15 * 60_000;

/** Whether this browser, on this page, has a microphone to ask for: not on plain HTTP. */
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
  private readonly began = performance.now();

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

  /** Asks for the microphone; rejects when there is none or it is refused. */
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
    return performance.now() - this.began;
  }

  /** How loud it is now, 0 to 100. */
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
    // Refused only where it is closed already.
    this.audio.close().catch(() => {});
  }
}

/** Why there is no recording, in plain words. */
export function whyNot(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError') {
    return 'The browser does not let this page use the microphone. Allow it in its settings.';
  }
  if (name === 'NotFoundError') return 'There is no microphone.';
  return 'The microphone cannot be used at the moment.';
}
