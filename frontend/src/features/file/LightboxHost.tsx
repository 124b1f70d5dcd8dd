/** Renders the lightbox outside the pages, so that list updates do not unmount it. */
import { lazy, Suspense } from 'react';
import { DialogBoundary } from '../../ui/DialogBoundary';
import { closeLightbox, useLightbox } from './lightboxState';

const Lightbox = lazy(async () => ({ default: (await import('./Lightbox')).Lightbox }));

export function LightboxHost() {
  const open = useLightbox();
  if (!open) return null;
  return (
    <DialogBoundary open onClose={closeLightbox}>
      <Suspense fallback={null}>
        <Lightbox open={open} />
      </Suspense>
    </DialogBoundary>
  );
}
