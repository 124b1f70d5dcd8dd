/** An audio player with play, pause and a waveform for seeking. */
import { Pause, Play } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { m } from '../../paraglide/messages';
import { DownloadLink, downloadClass } from './DownloadLink';
import { type File, fileLabel, formatDuration } from './file';
import { drawWaveform, resample, unknownWaveform } from './waveform';

const bars = 64;

/** The playing element. Starting another one pauses it. */
let playing: HTMLAudioElement | null = null;

interface Props {
  file: File;
  isPending: boolean;
}

export function AudioPlayer({ file, isPending }: Props) {
  const audio = useRef<HTMLAudioElement>(null);
  const [isPlaying, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [found, setFound] = useState(0);
  const [failed, setFailed] = useState(false);
  const waveform = useMemo(() => {
    const values = file.waveform?.length ? file.waveform : unknownWaveform;
    return drawWaveform(resample(values, bars));
  }, [file.waveform]);
  const duration = (file.durationMs ?? 0) / 1000 || found;
  const share = duration > 0 ? Math.min(1, at / duration) : 0;
  const label = fileLabel(file);

  useEffect(() => {
    const element = audio.current;
    return () => element?.pause();
  }, []);

  // Updates every frame, because `timeupdate` fires only about four times per second.
  useEffect(() => {
    if (!isPlaying) return;
    let frame = requestAnimationFrame(function tick() {
      if (audio.current) setAt(audio.current.currentTime);
      frame = requestAnimationFrame(tick);
    });
    return () => cancelAnimationFrame(frame);
  }, [isPlaying]);

  function toggle() {
    const element = audio.current;
    if (!element) return;
    if (!element.paused) return element.pause();
    if (playing !== element) playing?.pause();
    playing = element;
    element.play().catch(() => setFailed(true));
  }

  function seek(to: number) {
    setAt(to);
    if (audio.current) audio.current.currentTime = to;
  }

  const words = (seconds: number) => formatDuration(seconds * 1000);
  return (
    <div className="flex w-full max-w-105 items-center gap-2.5 rounded-xl border border-line bg-raised p-2">
      {/* biome-ignore lint/a11y/useMediaCaption: uploads have no captions. */}
      <audio
        ref={audio}
        src={file.url}
        preload="none"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => seek(0)}
        onDurationChange={({ currentTarget: { duration } }) =>
          setFound(Number.isFinite(duration) ? duration : 0)
        }
        onError={() => setFailed(true)}
      />
      <button
        type="button"
        tabIndex={-1}
        onClick={toggle}
        aria-label={isPlaying ? m.file_pause({ file: label }) : m.file_play({ file: label })}
        className="inline-flex size-9 shrink-0 items-center justify-center rounded-full bg-accent text-on-accent hover:bg-accent-hover"
      >
        {isPlaying ? (
          <Pause size={16} fill="currentColor" />
        ) : (
          <Play size={16} fill="currentColor" />
        )}
      </button>
      <div className="min-w-0 flex-1">
        {!file.isVoice && <p className="truncate text-[13px] font-medium">{file.name}</p>}
        <div className="relative h-8 rounded-md text-line-strong has-focus-visible:outline-2 has-focus-visible:outline-accent">
          {['text-line-strong', 'text-accent'].map((tone, layer) => (
            <svg
              key={tone}
              aria-hidden="true"
              viewBox={`0 0 ${waveform.width} 100`}
              preserveAspectRatio="none"
              className={`absolute inset-0 size-full ${tone}`}
              style={layer === 1 ? { clipPath: `inset(0 ${(1 - share) * 100}% 0 0)` } : undefined}
            >
              <path d={waveform.path} fill="currentColor" />
            </svg>
          ))}
          <input
            type="range"
            tabIndex={-1}
            min={0}
            max={Math.max(duration, 0.1)}
            step={0.1}
            value={Math.min(at, duration)}
            disabled={duration === 0}
            onChange={(event) => seek(Number(event.target.value))}
            aria-label={m.file_audio_player_position_label({ label })}
            aria-valuetext={m.file_audio_player_position({
              at: words(at),
              duration: words(duration),
            })}
            className="absolute inset-0 m-0 size-full cursor-pointer opacity-0"
          />
        </div>
      </div>
      <span className="shrink-0 text-[12px] text-faint tabular-nums">
        {failed ? m.file_audio_player_failed() : words(isPlaying || at > 0 ? at : duration)}
      </span>
      {!isPending && <DownloadLink file={file} tabIndex={-1} className={downloadClass} />}
    </div>
  );
}
