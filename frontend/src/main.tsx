/** Entry point: theme, network, cache and router, then the first render. */
import { ApolloProvider } from '@apollo/client/react';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient, setQueryFailedHandler, setSignedOutHandler } from './apollo/client';
import { createAppRouter } from './app/router';
import { initTheme } from './ui/theme';
import { followToday } from './ui/useToday';
import './app/theme.css';
import { wakeOnReconnect } from './apollo/pause';
import { VIEWER } from './features/account/viewer';
import { FailedQueries } from './features/live/failedQueries';

initTheme();
followToday();
wakeOnReconnect();

const client = createClient();
const router = createAppRouter();

// Guarded pages redirect to the sign-in page when the viewer becomes null.
setSignedOutHandler(() =>
  client.cache.writeQuery({ query: VIEWER, data: { __typename: 'Query', viewer: null } }),
);

const failedQueries = new FailedQueries(client);
setQueryFailedHandler(() => failedQueries.report());

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
