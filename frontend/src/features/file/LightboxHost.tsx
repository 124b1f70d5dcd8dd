/** Renders the lightbox outside the pages, so that list updates do not unmount it. */
import { lazy, Suspense } from 'react';
import { useLightbox } from './lightboxState';

const Lightbox = lazy(async () => ({ default: (await import('./Lightbox')).Lightbox }));

export function LightboxHost() {
  const open = useLightbox();
  if (!open) return null;
  return (
    <Suspense fallback={null}>
      <Lightbox open={open} />
    </Suspense>
  );
}
