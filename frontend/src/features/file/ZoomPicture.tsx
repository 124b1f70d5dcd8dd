/**
 * One picture as large as the window allows; the wheel and two fingers enlarge it, a pointer moves it,
 * a double click does either.
 */
import { type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react';
import { type File, labelOf } from './file';
import { Thumbhash } from './Thumbhash';
import { fitted, keepInside, type Size, type View, whole, zoomAt } from './zoom';

interface Props {
  file: File;
  /** Whether it moves, if it can. */
  plays: boolean;
  view: View;
  onView(change: (view: View) => View): void;
}

const closeUp = 2.5;

export function ZoomPicture({ file, plays, view, onView }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const room = useRoom(frame);
  const natural = { width: file.width ?? room.width, height: file.height ?? room.height };
  const size = fitted(natural, room);
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const [loaded, setLoaded] = useState(false);
  const large = file.previews.at(-1);
  // The preview is enough until one looks closely. It stands still, so what is to move is shown as it is.
  const isClose = view.scale > 1 && !file.isAnimated;
  const source = isClose || plays || !large ? file.url : large.url;

  const change = (next: (view: View) => View) =>
    onView((view) => keepInside(next(view), size, room));
  const latest = useRef(change);
  useEffect(() => {
    latest.current = change;
  });

  function fromMiddle({ clientX, clientY }: { clientX: number; clientY: number }) {
    const box = frame.current?.getBoundingClientRect();
    if (!box) return { x: 0, y: 0 };
    return { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 };
  }
  const place = useRef(fromMiddle);

  // React listens to the wheel passively, and the page would zoom along.
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const at = place.current(event);
      latest.current((view) => zoomAt(view, Math.exp(-event.deltaY * 0.0022), at));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, []);

  function onPointerDown(event: PointerEvent) {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    pointers.current.set(event.pointerId, fromMiddle(event));
  }

  function onPointerMove(event: PointerEvent) {
    const before = pointers.current.get(event.pointerId);
    if (!before) return;
    const now = fromMiddle(event);
    const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
    pointers.current.set(event.pointerId, now);
    if (other) {
      const apart = (one: { x: number; y: number }) => Math.hypot(one.x - other.x, one.y - other.y);
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      change((view) => zoomAt(view, apart(now) / Math.max(1, apart(before)), middle));
    } else {
      const [x, y] = [now.x - before.x, now.y - before.y];
      change((view) => ({ ...view, x: view.x + x, y: view.y + y }));
    }
  }

  const letGo = (event: PointerEvent) => pointers.current.delete(event.pointerId);
  return (
    <div
      ref={frame}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={letGo}
      onPointerCancel={letGo}
      onDoubleClick={(event) => {
        const at = fromMiddle(event);
        change((view) => (view.scale > 1 ? whole : zoomAt(view, closeUp, at)));
      }}
      className={`absolute inset-0 touch-none overflow-hidden select-none ${view.scale > 1 ? 'cursor-grab active:cursor-grabbing' : 'cursor-zoom-in'}`}
    >
      <div
        className="absolute top-1/2 left-1/2"
        style={{
          width: size.width,
          height: size.height,
          transform: `translate(calc(-50% + ${view.x}px), calc(-50% + ${view.y}px)) scale(${view.scale})`,
        }}
      >
        {!loaded && file.thumbhash && <Thumbhash hash={file.thumbhash} />}
        <img
          src={source}
          alt={labelOf(file)}
          draggable={false}
          onLoad={() => setLoaded(true)}
          className="absolute inset-0 size-full object-contain"
        />
      </div>
    </div>
  );
}

function useRoom(frame: RefObject<HTMLElement | null>): Size {
  const [room, setRoom] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const look = () => setRoom({ width: element.clientWidth, height: element.clientHeight });
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame]);
  return room;
}
