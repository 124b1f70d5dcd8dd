/**
 * Components that are downloaded when they are first rendered.
 *
 * `React.lazy` keeps a failed download until the page is reloaded. Here the error boundary that shows the failure
 * forgets it, so that rendering the component again downloads it again.
 */
import { type ComponentType, lazy } from 'react';

const failed = new Set<() => void>();

/** Called by error boundaries, once they show an error. */
export function forgetFailedDownloads(): void {
  for (const forget of failed) forget();
  failed.clear();
}

export function lazyComponent<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  async function download() {
    try {
      return { default: await load() };
    } catch (error) {
      failed.add(() => {
        Loaded = start();
      });
      throw error;
    }
  }
  const start = () => lazy(download) as unknown as ComponentType<Props>;
  let Loaded = start();
  return function LazyComponent(props: Props) {
    return <Loaded {...props} />;
  };
}
