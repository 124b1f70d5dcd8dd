/** Where the lightbox opens: beside the pages, so that a list that moves on does not close it. */
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
