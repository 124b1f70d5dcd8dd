/**
 * Services of the open workspace, such as its outbox: objects that live as long as the workspace is open.
 *
 * The feature that owns a service declares it, `live` creates it, and `app` provides it. Unlike the data in
 * `workspaceContext.ts`, a service never changes, so reading one never causes a render.
 */
import { type Context, createContext, useContext } from 'react';

/** Returns the context that provides the service, and the hook that reads it. `name` is the hook's name. */
export function declareService<Service>(
  name: string,
): [context: Context<Service | null>, useService: () => Service] {
  const ServiceContext = createContext<Service | null>(null);
  function useService(): Service {
    const service = useContext(ServiceContext);
    if (service === null) throw new Error(`${name} must be used inside an open workspace`);
    return service;
  }
  return [ServiceContext, useService];
}
