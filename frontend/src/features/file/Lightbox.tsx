/**
 * Full-page image viewer.
 *
 * Arrow keys switch images, plus and minus zoom, 0 resets the zoom, Escape closes. Focus returns to the
 * opened image.
 */
import { Dialog } from '@base-ui/react/dialog';
import { ChevronLeft, ChevronRight, Minus, Pause, Play, Plus, X } from 'lucide-react';
import { type ComponentProps, type KeyboardEvent, type ReactNode, useState } from 'react';
import { m } from '../../paraglide/messages';
import { isInputMethodKey } from '../../ui/keys';
import { DownloadLink } from './DownloadLink';
import { formatSize, useFile } from './file';
import { closeLightbox, type LightboxState, stepLightbox } from './lightboxState';
import { useMotion } from './motion';
import { ZoomPicture } from './ZoomPicture';
import { fullView, type View, zoomAt } from './zoom';

const step = 1.4;
const center = { x: 0, y: 0 };

const control =
  'inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-white hover:bg-white/15 disabled:opacity-40';

export function Lightbox({ open }: { open: LightboxState }) {
  const id = open.ids[open.at] ?? '';
  const file = useFile(id);
  const [views, setViews] = useState<{ id: string; view: View }>({ id, view: fullView });
  // The zoom resets when the image changes.
  const view = views.id === id ? views.view : fullView;
  const change = (next: (view: View) => View) =>
    setViews((before) => ({ id, view: next(before.id === id ? before.view : fullView) }));
  const several = open.ids.length > 1;
  const percent = Math.round(view.scale * 100);
  const motion = useMotion(file);

  function onKeyDown(event: KeyboardEvent) {
    if (isInputMethodKey(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'ArrowLeft' && several) stepLightbox(-1);
    else if (event.key === 'ArrowRight' && several) stepLightbox(1);
    else if (event.key === '+' || event.key === '=') change((view) => zoomAt(view, step, center));
    else if (event.key === '-') change((view) => zoomedOut(view, 1 / step));
    else if (event.key === '0') change(() => fullView);
    else return;
    event.preventDefault();
  }

  return (
    <Dialog.Root open onOpenChange={(next) => !next && closeLightbox()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black" />
        <Dialog.Popup
          onKeyDown={onKeyDown}
          className="fixed inset-0 z-50 flex flex-col text-white outline-none"
        >
          <div className="flex items-center gap-1 px-3 py-2">
            <div className="min-w-0 flex-1">
              <Dialog.Title dir="auto" className="truncate text-[14px] font-semibold">
                {file ? file.name || m.file_lightbox_deleted_file() : m.file_lightbox_image()}
              </Dialog.Title>
              <p className="truncate text-[12px] text-white/75">
                {several && (
                  <span aria-live="polite">
                    {m.file_lightbox_position({ at: open.at + 1, count: open.ids.length })}
                  </span>
                )}
                {several && file && ' · '}
                {file && formatSize(file.size)}
              </p>
            </div>
            <Control
              label={m.file_lightbox_zoom_out()}
              title={m.file_lightbox_zoom_out_hint()}
              disabled={view.scale <= 1}
              onClick={() => change((view) => zoomedOut(view, 1 / step))}
            >
              <Minus size={17} />
            </Control>
            <Control
              label={m.file_lightbox_reset_zoom_label({ percent })}
              title={m.file_lightbox_reset_zoom_hint()}
              onClick={() => change(() => fullView)}
              className="w-14 text-[12.5px] tabular-nums"
            >
              {m.file_lightbox_zoom({ percent })}
            </Control>
            <Control
              label={m.file_lightbox_zoom_in()}
              title={m.file_lightbox_zoom_in_hint()}
              onClick={() => change((view) => zoomAt(view, step, center))}
            >
              <Plus size={17} />
            </Control>
            {motion && (
              <Control
                label={motion.plays ? m.ui_pause() : m.ui_play()}
                title={motion.plays ? m.ui_pause() : m.ui_play()}
                onClick={motion.toggle}
              >
                {motion.plays ? <Pause size={17} /> : <Play size={17} />}
              </Control>
            )}
            {file && <DownloadLink file={file} className={control} />}
            <Dialog.Close
              aria-label={m.ui_close()}
              title={m.file_lightbox_close_hint()}
              className={control}
            >
              <X size={18} />
            </Dialog.Close>
          </div>
          <div className="relative min-h-0 flex-1">
            {file && !file.removedAt && (
              <ZoomPicture
                key={file.id}
                file={file}
                plays={motion?.plays ?? false}
                view={view}
                onView={change}
              />
            )}
            {file?.removedAt && <p className="p-6 text-center">{m.file_lightbox_deleted()}</p>}
            {several && (
              <>
                <NavButton
                  label={m.file_lightbox_previous_image()}
                  side="left-2"
                  onClick={() => stepLightbox(-1)}
                >
                  <ChevronLeft size={22} />
                </NavButton>
                <NavButton
                  label={m.file_lightbox_next_image()}
                  side="right-2"
                  onClick={() => stepLightbox(1)}
                >
                  <ChevronRight size={22} />
                </NavButton>
              </>
            )}
          </div>
          {file?.alt && (
            <p dir="auto" className="max-h-24 overflow-y-auto px-4 py-2 text-center text-[13px]">
              {file.alt}
            </p>
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Recenters the image when it is fully zoomed out. */
function zoomedOut(view: View, factor: number): View {
  const next = zoomAt(view, factor, center);
  return next.scale === 1 ? fullView : next;
}

interface ControlProps extends ComponentProps<'button'> {
  label: string;
}

function Control({ label, className = '', ...rest }: ControlProps) {
  return (
    <button {...rest} type="button" aria-label={label} className={`${control} ${className}`} />
  );
}

interface NavButtonProps {
  label: string;
  side: string;
  onClick(): void;
  children: ReactNode;
}

function NavButton({ label, side, onClick, children }: NavButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onClick}
      className={`absolute top-1/2 ${side} inline-flex size-10 -translate-y-1/2 items-center justify-center rounded-full bg-black/60 text-white hover:bg-black/80`}
    >
      {children}
    </button>
  );
}
