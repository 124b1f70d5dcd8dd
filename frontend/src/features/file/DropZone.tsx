/** Takes files that are dragged over the part of the page around it, and says so while they are. */
import { Upload } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { carriesFiles, filesOf } from './pickFiles';

interface Props {
  /** What happens to what is dropped, such as `Send to #general`. */
  label: string;
  onDrop(files: globalThis.File[]): void;
}

export function DropZone({ label, onDrop }: Props) {
  const sign = useRef<HTMLDivElement>(null);
  const [over, setOver] = useState(false);
  const latest = useRef(onDrop);
  useEffect(() => {
    latest.current = onDrop;
  });

  useEffect(() => {
    const area = sign.current?.parentElement;
    if (!area) return;
    // Enter and leave are told of every element inside.
    let depth = 0;
    const show = () => setOver(depth > 0);
    const listeners: Record<string, (event: DragEvent) => void> = {
      dragenter: (event) => {
        if (!carriesFiles(event.dataTransfer)) return;
        event.preventDefault();
        depth += 1;
        show();
      },
      dragover: (event) => {
        if (!carriesFiles(event.dataTransfer)) return;
        event.preventDefault();
        if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
      },
      dragleave: (event) => {
        if (!carriesFiles(event.dataTransfer)) return;
        depth = Math.max(0, depth - 1);
        show();
      },
      drop: (event) => {
        if (!carriesFiles(event.dataTransfer)) return;
        event.preventDefault();
        depth = 0;
        show();
        latest.current(filesOf(event.dataTransfer));
      },
    };
    for (const [name, listener] of Object.entries(listeners)) {
      area.addEventListener(name, listener as EventListener);
    }
    return () => {
      for (const [name, listener] of Object.entries(listeners)) {
        area.removeEventListener(name, listener as EventListener);
      }
    };
  }, []);

  return (
    <div
      ref={sign}
      className={`pointer-events-none absolute inset-2 z-20 items-center justify-center rounded-2xl border-2 border-dashed border-accent bg-tint/90 text-tint-ink ${over ? 'flex' : 'hidden'}`}
    >
      <p className="flex items-center gap-2 text-[15px] font-semibold">
        <Upload size={18} aria-hidden="true" />
        {label}
      </p>
    </div>
  );
}
