/** Measures a local image or video, so that its layout is right before the server responds. */

const timeoutMs = 10_000;

export function measure(blob: Blob): Promise<{ width: number; height: number } | null> {
  return blob.type.startsWith('video/') ? measureVideo(blob) : measurePicture(blob);
}

async function measurePicture(blob: Blob): Promise<{ width: number; height: number } | null> {
  const url = URL.createObjectURL(blob);
  const image = new Image();
  image.src = url;
  try {
    // Respects EXIF orientation, unlike `createImageBitmap` in some browsers.
    await image.decode();
    return sizeOrNull(image.naturalWidth, image.naturalHeight);
  } finally {
    URL.revokeObjectURL(url);
  }
}

function measureVideo(blob: Blob): Promise<{ width: number; height: number } | null> {
  return new Promise((resolve) => {
    const url = URL.createObjectURL(blob);
    const video = document.createElement('video');
    const finish = () => {
      clearTimeout(timer);
      resolve(sizeOrNull(video.videoWidth, video.videoHeight));
      video.removeAttribute('src');
      URL.revokeObjectURL(url);
    };
    // An unsupported video may never fire an event.
    const timer = setTimeout(finish, timeoutMs);
    video.addEventListener('loadedmetadata', finish, { once: true });
    video.addEventListener('error', finish, { once: true });
    video.muted = true;
    video.preload = 'metadata';
    video.src = url;
  });
}

function sizeOrNull(width: number, height: number): { width: number; height: number } | null {
  return width > 0 && height > 0 ? { width, height } : null;
}
