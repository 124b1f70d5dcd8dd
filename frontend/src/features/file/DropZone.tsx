/** Accepts files dropped on the parent element, and shows an overlay while dragging. */
import { Upload } from 'lucide-react';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { carriesFiles, filesOf } from './pickFiles';

interface Props {
  /** The overlay text, such as `Message #general`. */
  label: string;
  onDrop(files: globalThis.File[]): void;
}

export function DropZone({ label, onDrop }: Props) {
  const overlay = useRef<HTMLDivElement>(null);
  const [isDragging, setDragging] = useState(false);
  const dropped = useEffectEvent(onDrop);

  useEffect(() => {
    const area = overlay.current?.parentElement;
    if (!area) return;
    // `dragenter` and `dragleave` also fire for every child element.
    let depth = 0;
    const show = () => setDragging(depth > 0);
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
        dropped(filesOf(event.dataTransfer));
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
      ref={overlay}
      className={`pointer-events-none absolute inset-2 z-20 items-center justify-center rounded-2xl border-2 border-dashed border-accent bg-tint/90 text-tint-ink ${isDragging ? 'flex' : 'hidden'}`}
    >
      <p className="flex items-center gap-2 text-[15px] font-semibold">
        <Upload size={18} aria-hidden="true" />
        {label}
      </p>
    </div>
  );
}
