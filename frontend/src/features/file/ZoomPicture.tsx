/**
 * A zoomable image that fits the window. The wheel and pinching zoom, dragging pans, double-click toggles
 * the zoom.
 */
import {
  type PointerEvent,
  type RefObject,
  useEffect,
  useEffectEvent,
  useRef,
  useState,
} from 'react';
import { type File, fileLabel } from './file';
import { Thumbhash } from './Thumbhash';
import { fitSize, fullView, keepInside, type Size, type View, zoomAt } from './zoom';

interface Props {
  file: File;
  /** Whether an animated image plays. */
  plays: boolean;
  view: View;
  onView(change: (view: View) => View): void;
}

const doubleClickScale = 2.5;

export function ZoomPicture({ file, plays, view, onView }: Props) {
  const frame = useRef<HTMLElement>(null);
  const frameSize = useElementSize(frame);
  const natural = { width: file.width ?? frameSize.width, height: file.height ?? frameSize.height };
  const size = fitSize(natural, frameSize);
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const [loaded, setLoaded] = useState(false);
  const large = file.previews.at(-1);
  // Uses the preview until zoomed in. Previews are still, so a playing image uses the original.
  const isClose = view.scale > 1 && !file.isAnimated;
  const source = isClose || plays || !large ? file.url : large.url;

  const change = (next: (view: View) => View) =>
    onView((view) => keepInside(next(view), size, frameSize));
  function fromCenter({ clientX, clientY }: { clientX: number; clientY: number }) {
    const box = frame.current?.getBoundingClientRect();
    if (!box) return { x: 0, y: 0 };
    return { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 };
  }

  const onWheel = useEffectEvent((event: WheelEvent) => {
    event.preventDefault();
    const at = fromCenter(event);
    change((view) => zoomAt(view, Math.exp(-event.deltaY * 0.0022), at));
  });
  // React's wheel listeners are passive and cannot prevent page zoom.
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const listener = (event: WheelEvent) => onWheel(event);
    element.addEventListener('wheel', listener, { passive: false });
    return () => element.removeEventListener('wheel', listener);
  }, []);

  function onPointerDown(event: PointerEvent) {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    pointers.current.set(event.pointerId, fromCenter(event));
  }

  function onPointerMove(event: PointerEvent) {
    const before = pointers.current.get(event.pointerId);
    if (!before) return;
    const now = fromCenter(event);
    const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
    pointers.current.set(event.pointerId, now);
    if (other) {
      const apart = (one: { x: number; y: number }) => Math.hypot(one.x - other.x, one.y - other.y);
      const center = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      change((view) => zoomAt(view, apart(now) / Math.max(1, apart(before)), center));
    } else {
      const [x, y] = [now.x - before.x, now.y - before.y];
      change((view) => ({ ...view, x: view.x + x, y: view.y + y }));
    }
  }

  const release = (event: PointerEvent) => pointers.current.delete(event.pointerId);
  return (
    <figure
      ref={frame}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={release}
      onPointerCancel={release}
      onDoubleClick={(event) => {
        const at = fromCenter(event);
        change((view) => (view.scale > 1 ? fullView : zoomAt(view, doubleClickScale, at)));
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
          alt={fileLabel(file)}
          draggable={false}
          onLoad={() => setLoaded(true)}
          className="absolute inset-0 size-full object-contain"
        />
      </div>
    </figure>
  );
}

function useElementSize(frame: RefObject<HTMLElement | null>): Size {
  const [frameSize, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const update = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    update();
    const observer = new ResizeObserver(update);
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame]);
  return frameSize;
}
