/** Starts the client: look, network, cache and router, then the first render. */
import { ApolloProvider } from '@apollo/client/react';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient, whenFailed, whenSignedOut } from './apollo/client';
import { createAppRouter } from './app/router';
import { startTheme } from './ui/theme';
import './app/theme.css';
import { VIEWER } from './features/account/viewer';
import { FailedLoads } from './features/live/failedLoads';
import { wakeWithTheNetwork } from './features/live/pause';

startTheme();
wakeWithTheNetwork();

const client = createClient();
const router = createAppRouter();

// The pages for signed-in people send to the sign-in page when the viewer is gone.
whenSignedOut(() =>
  client.cache.writeQuery({ query: VIEWER, data: { __typename: 'Query', viewer: null } }),
);

const failedLoads = new FailedLoads(client);
whenFailed(() => failedLoads.note());

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <ApolloProvider client={client}>
        <RouterProvider router={router} />
      </ApolloProvider>
    </StrictMode>,
  );
}
