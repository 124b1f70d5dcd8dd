/** Renders the lightbox outside the pages, so that list updates do not unmount it. */
import { Suspense } from 'react';
import { DialogBoundary } from '../../ui/DialogBoundary';
import { lazyComponent } from '../../ui/lazyComponent';
import { closeLightbox, useLightbox } from './lightboxState';

const Lightbox = lazyComponent(async () => (await import('./Lightbox')).Lightbox);

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
