/** How large a picture or video on this device is, so that its place is right before the server knows. */

const longest = 10_000;

export function measure(blob: Blob): Promise<{ width: number; height: number } | null> {
  return blob.type.startsWith('video/') ? measureVideo(blob) : measurePicture(blob);
}

async function measurePicture(blob: Blob): Promise<{ width: number; height: number } | null> {
  const url = URL.createObjectURL(blob);
  const image = new Image();
  image.src = url;
  try {
    // Turned as its camera was held, which `createImageBitmap` does not promise everywhere.
    await image.decode();
    return sized(image.naturalWidth, image.naturalHeight);
  } finally {
    URL.revokeObjectURL(url);
  }
}

function measureVideo(blob: Blob): Promise<{ width: number; height: number } | null> {
  return new Promise((resolve) => {
    const url = URL.createObjectURL(blob);
    const video = document.createElement('video');
    const end = () => {
      clearTimeout(timer);
      resolve(sized(video.videoWidth, video.videoHeight));
      video.removeAttribute('src');
      URL.revokeObjectURL(url);
    };
    // One that the browser cannot play may never answer.
    const timer = setTimeout(end, longest);
    video.addEventListener('loadedmetadata', end, { once: true });
    video.addEventListener('error', end, { once: true });
    video.muted = true;
    video.preload = 'metadata';
    video.src = url;
  });
}

function sized(width: number, height: number): { width: number; height: number } | null {
  return width > 0 && height > 0 ? { width, height } : null;
}
